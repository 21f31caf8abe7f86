"""What is doubtful about the labels of a catalog as a whole: pure functions over arrays of picks."""
