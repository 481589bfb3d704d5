"""Strings: letters, words and sentences, and what rules make of them."""

from palestra.envs.row import row

ROWS = (
    row("strings.caesar_cipher:CaesarCipher", "Decode a message of moved letters.", "words, and an unknown shift"),
    row("strings.vigenere_cipher:VigenereCipher", "Decode a message with a key word.", "words and key"),
    row("strings.spell_backward:SpellBackward", "Spell a string backward.", "letters"),
    row("strings.word_sorting:WordSorting", "Sort words by a stated rule.", "words and rules"),
    row("strings.word_sequence_reversal:WordSequenceReversal", "Reverse the order of words.", "words"),
    row("strings.letter_counting:LetterCounting", "Count letters in a text.", "text and letters"),
    row("strings.letter_unscrambling:LetterUnscrambling", "Unscramble common English words.", "words and letters"),
    row("strings.group_anagrams:GroupAnagrams", "Group strings that have the same letters.", "groups and letters"),
    row("strings.isomorphic_strings:IsomorphicStrings", "Find the strings of a given pattern.", "strings and letters"),
    row("strings.palindrome_generation:PalindromeGeneration", "Arrange letters into a palindrome.", "letters"),
    row(
        "strings.palindrome_partitioning:PalindromePartitioning",
        "Cut a string into the fewest palindromes.",
        "letters",
    ),
    row("strings.ransom_note:RansomNote", "Find the letters that a text lacks for another one.", "letters"),
    row("strings.string_insertion:StringInsertion", "Insert letters by a series of rules.", "rules and letters"),
    row("strings.string_rewriting:StringRewriting", "Rewrite a string until no rule fits.", "steps and rules"),
    row("strings.string_splitting:StringSplitting", "Cut a string and work on the pieces.", "letters and steps"),
    row("strings.word_ladder:WordLadder", "Find a shortest word ladder over a list of words.", "words and steps"),
    row("strings.sentence_reordering:SentenceReordering", "Put words into a stated order.", "words and order"),
    row("strings.ab_system:AbSystem", "Rewrite tokens of the A::B system.", "tokens"),
    row("strings.regex_match:RegexMatch", "Find the strings that a regular expression matches.", "pattern and strings"),
    row("strings.run_length_coding:RunLengthCoding", "Encode or decode runs of letters.", "runs"),
    row("strings.subsequence_count:SubsequenceCount", "Count how often patterns occur with gaps.", "letters"),
)
