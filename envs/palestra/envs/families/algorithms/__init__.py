"""Algorithms: lists, matrices, intervals, searches, machines and plans."""

from palestra.envs.row import row

ROWS = (
    row("algorithms.number_sorting:NumberSorting", "Sort numbers by a stated rule.", "numbers and rules"),
    row("algorithms.number_filtering:NumberFiltering", "Filter numbers by conditions.", "numbers and conditions"),
    row("algorithms.matrix_rotation:MatrixRotation", "Turn a matrix by quarter turns.", "cells and turns"),
    row("algorithms.spiral_matrix:SpiralMatrix", "Read a matrix along a spiral.", "cells, corners and directions"),
    row(
        "algorithms.matrix_manipulation:MatrixManipulation",
        "Carry out a series of operations on a matrix.",
        "operations and cells",
    ),
    row("algorithms.matrix_pooling:MatrixPooling", "Reduce each block of a matrix to one number.", "cells of blocks"),
    row(
        "algorithms.binary_matrix_distance:BinaryMatrixDistance",
        "Find the distance of each cell of a binary matrix to the nearest 0.",
        "cells",
    ),
    row(
        "algorithms.binary_alternation:BinaryAlternation",
        "Make a string of bits alternate with the fewest swaps.",
        "bits",
    ),
    row("algorithms.game_of_life:GameOfLife", "Run Conway's game of life.", "cells and generations"),
    row("algorithms.elementary_automaton:ElementaryAutomaton", "Run a cellular automaton.", "cells and steps"),
    row("algorithms.rotten_oranges:RottenOranges", "Let rot spread over a box of oranges.", "cells and minutes"),
    row("algorithms.interval_merging:IntervalMerging", "Merge overlapping intervals.", "intervals"),
    row("algorithms.knapsack_items:KnapsackItems", "Pack the most valuable items into a bag.", "items"),
    row("algorithms.subset_sum:SubsetSum", "Choose numbers that add up to a target.", "numbers and their size"),
    row(
        "algorithms.longest_increasing_subsequence:LongestIncreasingSubsequence",
        "Find a longest increasing subsequence.",
        "length",
    ),
    row("algorithms.edit_distance:EditDistance", "Turn one string into another with the fewest edits.", "edits"),
    row("algorithms.stack_machine:StackMachine", "Run a program on a stack of numbers.", "steps and operations"),
    row("algorithms.sorting_trace:SortingTrace", "Tell the state of a list while it is sorted.", "passes and numbers"),
    row("algorithms.binary_search_trace:BinarySearchTrace", "Tell what a binary search looks at.", "numbers"),
    row("algorithms.hash_table_trace:HashTableTrace", "Fill a hash table with open addressing.", "keys and probing"),
    row("algorithms.cryptarithm:Cryptarithm", "Find digits for letters that make a sum true.", "letters and digits"),
    row("algorithms.jug_pouring:JugPouring", "Measure an amount of water with jugs.", "jugs and moves"),
    row(
        "algorithms.tower_of_hanoi_plan:TowerOfHanoiPlan",
        "Move a Tower of Hanoi between two positions with the fewest moves.",
        "disks and moves",
    ),
)
