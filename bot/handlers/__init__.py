"""A file for each thing that people come to do. Handlers turn what came in into a change and a screen; they send nothing."""
