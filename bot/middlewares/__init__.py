"""What every update passes before a handler sees it: log ids, who speaks, their language, a brake,
the dialogue.
"""
