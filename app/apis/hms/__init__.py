"""`/v2` and `/api/v2`: the 100ms-style server API.

`application.create` makes it. Nothing is imported here, so that a part (the command line makes tokens) can be used
without the web framework.
"""
