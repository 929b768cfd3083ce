"""What people are shown: cards, words of notices and mailings, pictures. Nothing here changes anything."""
