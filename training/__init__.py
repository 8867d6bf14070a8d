"""How the bundled offline model is made: written data, lexicon and permissive prose in, int8 checkpoint
out.
"""
