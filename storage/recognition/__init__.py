"""The enterprise's recognition and the national software."""
