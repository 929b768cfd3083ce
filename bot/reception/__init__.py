"""Where updates arrive: kept in order for each person, worked on in shared transactions, answered after the commit."""
