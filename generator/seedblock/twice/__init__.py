"""Does a script repeat, and if not, where do two runs first differ?"""
