"""`/api/realtime`: VCS-style rooms.

`application.create` makes it. Nothing is imported here, so that a part can be used without the web framework.
"""
