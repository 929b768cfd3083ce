"""What leaves the bot as a picture, a poster or a workbook: drawn from plain values, no database behind it."""
