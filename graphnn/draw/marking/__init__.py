"""What is said of single nodes: pointed out, run or not, failed, gone wrong."""
