"""`/v2`: the 100ms-style server API; so far its management tokens.

Nothing is imported here, so that a part (the command line makes tokens) can be used without the web framework.
"""
