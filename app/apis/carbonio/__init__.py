"""`/` and `/services/chats`: the Carbonio chats API.

`application.create` makes it. Nothing is imported here, so that a part can be used without the web framework.
"""
