"""Games: a position and its rules, in one answer or move by move."""

from palestra.envs.row import Kind, row

ROWS = (
    row("games.countdown:Countdown", "Reach a target with all the given numbers and + - * /.", "numbers and operators"),
    row("games.puzzle24:Puzzle24", "Make 24 of all the given numbers.", "how many numbers, and how large"),
    row("games.nim_move:NimMove", "A winning move in a position of Nim.", "heaps and their size"),
    row("games.tic_tac_toe_move:TicTacToeMove", "A best move in a game of lines.", "board, line and free cells"),
    row("games.connect_four_move:ConnectFourMove", "A best move in connect four.", "board and free cells"),
    row("games.fifteen_plan:FifteenPlan", "The slides that solve a sliding puzzle.", "board and distance"),
    row("games.sokoban_plan:SokobanPlan", "The steps that push all boxes onto goals.", "room, boxes and pushes"),
    row("games.rush_hour:RushHour", "The moves that let a car out of a car park.", "cars, and how far they wandered"),
    row("games.knight_swap:KnightSwap", "The moves by which knights change places.", "knights, holes and moves"),
    row("games.peg_solitaire:PegSolitaire", "The jumps that leave one peg.", "board and pegs"),
    row("games.mahjong_hand:MahjongHand", "All tiles that complete a hand.", "sets, and fewer suits"),
    row("games.capture_go:CaptureGo", "The move in Go that captures most.", "board and captures to choose from"),
    row("games.hidden_message:HiddenMessage", "A word hidden by a told scheme.", "length, hiding place and cipher"),
    row("games.nim:Nim", "Nim against a perfect opponent.", "heaps and their size", kind=Kind.GAME),
    row("games.tic_tac_toe:TicTacToe", "Lines against a perfect opponent.", "board and free cells", kind=Kind.GAME),
    row(
        "games.connect_four:ConnectFour", "Connect four against a perfect one.", "board and free cells", kind=Kind.GAME
    ),
    row("games.fifteen_puzzle:FifteenPuzzle", "A sliding puzzle in turns.", "board and distance", kind=Kind.GAME),
    row("games.tower_of_hanoi:TowerOfHanoi", "The tower of Hanoi in turns.", "disks", kind=Kind.GAME),
    row("games.sokoban:Sokoban", "Sokoban in turns.", "room, boxes and pushes", kind=Kind.GAME),
    row("games.guess_the_number:GuessTheNumber", "A number by higher and lower.", "size of the range", kind=Kind.GAME),
    row("games.mastermind:Mastermind", "A hidden code by scored guesses.", "length and letters", kind=Kind.GAME),
    row("games.minesweeper:Minesweeper", "Mines, without guessing.", "board and mines", kind=Kind.GAME),
    row("games.wordle:Wordle", "A hidden word by marked guesses.", "length and fewer turns", kind=Kind.GAME),
    row("games.hangman:Hangman", "A hidden word letter by letter.", "fewer shown letters and misses", kind=Kind.GAME),
    row("games.twenty_questions:TwentyQuestions", "The row of a table by questions.", "table", kind=Kind.GAME),
    row("games.game2048:Game2048", "Merge tiles up to a target.", "target and moves", kind=Kind.GAME),
    row("games.blackjack:Blackjack", "Decisions judged exactly, not by luck.", "hands and cards", kind=Kind.GAME),
    row("games.battleship_solo:BattleshipSolo", "Hidden ships by shots.", "board and ships", kind=Kind.GAME),
    row("games.memory_pairs:MemoryPairs", "Pairs of cards face down.", "cards", kind=Kind.GAME),
    row("games.maze_exploration:MazeExploration", "A maze of which little is seen.", "size", kind=Kind.GAME),
)
