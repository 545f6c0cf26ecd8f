"""What keeps a server from having a store."""


class BlobsUnusable(Exception):
    """BLOBS_URL names no place where bytes can be kept: one line, without a secret."""
