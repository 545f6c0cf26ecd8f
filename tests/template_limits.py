"""The limits of the documents of a template (hms.md, 1.3), and ours where the documentation has none."""

from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
LARGEST = 2**31 - 1
WHOLE = (0, LARGEST)
ROLE_NAME = "must be 1 to 255 characters without /, control characters and U+FFFD, and neither . nor .."
NO_ROLE_NAMES = ["", ".", "..", "a/b", "/", "a\0b", "\n", "a\r", "\x1f", "\x7f", "a\x85", "\x9f", "\ufffd", "x" * 256]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a document may say where.

    `base` is one with every list that a place leads through. Of each integer it is known from where to where it goes;
    of each text of which words it is one, or how many characters it has at most; of each array how many elements it has
    at most, and one of these.
    """

    base: Any
    integers: dict[str, tuple[int, int]]
    flags: list[str] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    arrays: dict[str, tuple[int, object]] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)


_LAYER = {"rid": "f", "scaleResolutionDownBy": 1, "maxFramerate": 25}
_SIMULCAST = [f"publishParams.simulcast.{kind}" for kind in ("video", "screen")]
ROLE = Limits(
    base={
        "publishParams": {
            "allowed": ["audio"],
            "simulcast": {"video": {"layers": [_LAYER]}, "screen": {"layers": [_LAYER]}},
        },
        "subscribeParams": {"subscribeToRoles": ["host"]},
    },
    integers={
        "publishParams.audio.bitRate": (16, 128),
        "publishParams.video.bitRate": (30, 2000),
        "publishParams.video.frameRate": (1, 30),
        "publishParams.video.width": (50, 1920),
        "publishParams.video.height": (50, 1080),
        "publishParams.screen.bitRate": (500, LARGEST),
        "publishParams.screen.frameRate": (1, 30),
        "publishParams.screen.width": (480, 1920),
        "publishParams.screen.height": (270, 1080),
        **{f"{kind}.layers.0.maxBitrate": (0, 2000) for kind in _SIMULCAST},
        **{f"{kind}.layers.0.maxFramerate": (1, 30) for kind in _SIMULCAST},
        "subscribeParams.maxSubsBitRate": WHOLE,
        "subscribeParams.subscribeDegradation.packetLossThreshold": (1, 100),
        "subscribeParams.subscribeDegradation.degradeGracePeriodSeconds": (1, 10),
        "subscribeParams.subscribeDegradation.recoverGracePeriodSeconds": (1, 10),
        "priority": (1, 10),
        "maxPeerCount": (-1, LARGEST),
    },
    words={
        "publishParams.audio.codec": ["opus"],
        "publishParams.video.codec": ["vp8"],
        "publishParams.screen.codec": ["vp8"],
        "publishParams.allowed.0": ["audio", "video", "screen", "simulcast"],
    },
    arrays={"publishParams.allowed": (100, "video"), "subscribeParams.subscribeToRoles": (100, "guest")},
    objects=[
        "publishParams",
        "publishParams.audio",
        "publishParams.video",
        "publishParams.screen",
        "publishParams.simulcast",
        *_SIMULCAST,
        *(f"{kind}.layers.0" for kind in _SIMULCAST),
        "subscribeParams",
        "subscribeParams.subscribeDegradation",
        "permissions",
    ],
)

_SECTION = {"title": "Agenda", "format": "bullets"}
KINDS = ["browserRecordings", "rtmpDestinations", "hlsDestinations", "transcriptions"]
LAYERS = ["hlsDestinations.a.layers", "hlsDestinations.a.recording.layers"]
_THUMBNAILS = ["browserRecordings.a.thumbnails", "hlsDestinations.a.recording.thumbnails"]
DESTINATIONS = Limits(
    base={
        "browserRecordings": {"a": {}},
        "rtmpDestinations": {"a": {"rtmpUrls": ["rtmp://live.example/key"]}},
        "hlsDestinations": {"a": {"layers": [{}], "recording": {"layers": [{}]}}},
        "transcriptions": {
            "a": {
                "role": "host",
                "modes": ["live"],
                "outputModes": ["txt"],
                "customVocabulary": ["enfilade"],
                "summary": {"sections": [_SECTION]},
            }
        },
    },
    integers={
        "hlsDestinations.a.numPlaylistSegments": (3, 150),
        "browserRecordings.a.width": WHOLE,
        "browserRecordings.a.height": WHOLE,
        "browserRecordings.a.maxDuration": WHOLE,
        "browserRecordings.a.presignDuration": WHOLE,
        "browserRecordings.a.autoStopTimeout": WHOLE,
        "rtmpDestinations.a.width": WHOLE,
        "rtmpDestinations.a.height": WHOLE,
        "rtmpDestinations.a.maxDuration": WHOLE,
        "rtmpDestinations.a.autoStopTimeout": WHOLE,
        "hlsDestinations.a.maxDuration": WHOLE,
        "hlsDestinations.a.videoFrameRate": WHOLE,
        "hlsDestinations.a.autoStopTimeout": WHOLE,
        "hlsDestinations.a.recording.presignDuration": WHOLE,
        **{f"{layers}.0.{name}": WHOLE for layers in LAYERS for name in ("videoBitrate", "audioBitrate")},
        **{f"{thumbnails}.{name}": WHOLE for thumbnails in _THUMBNAILS for name in ("width", "height", "fps")},
    },
    flags=[
        "browserRecordings.a.autoStart",
        "rtmpDestinations.a.recordingEnabled",
        "hlsDestinations.a.enableMetadataInsertion",
        "hlsDestinations.a.enableStaticUrl",
        "hlsDestinations.a.recording.hlsVod",
        "hlsDestinations.a.recording.singleFilePerLayer",
        "hlsDestinations.a.recording.enableZipUpload",
        *(f"{thumbnails}.enabled" for thumbnails in _THUMBNAILS),
        "transcriptions.a.summary.enabled",
        "transcriptions.a.translation.enabled",
    ],
    words={
        "hlsDestinations.a.playlistType": ["event", "live"],
        "transcriptions.a.modes.0": ["recorded", "live", "caption"],
        "transcriptions.a.outputModes.0": ["txt", "srt", "json"],
        "transcriptions.a.summary.sections.0.format": ["bullets", "paragraph"],
    },
    texts={
        "rtmpDestinations.a.rtmpUrls.0": 2048,
        "transcriptions.a.customVocabulary.0": 2048,
        "transcriptions.a.summary.context": 300,
        "transcriptions.a.summary.sections.0.title": 100,
        "transcriptions.a.translation.roleLanguages.host": 2048,
    },
    arrays={
        **{f"{thumbnails}.offsets": (100, 2) for thumbnails in _THUMBNAILS},
        "rtmpDestinations.a.rtmpUrls": (3, "rtmp://live.example/key"),
        **{layers: (100, {}) for layers in LAYERS},
        "transcriptions.a.modes": (100, "live"),
        "transcriptions.a.outputModes": (100, "txt"),
        "transcriptions.a.customVocabulary": (100, "enfilade"),
        "transcriptions.a.summary.sections": (6, _SECTION),
    },
    objects=[
        *KINDS,
        *(f"{kind}.a" for kind in KINDS),
        *_THUMBNAILS,
        "hlsDestinations.a.recording",
        *(f"{layers}.0" for layers in LAYERS),
        "transcriptions.a.summary",
        "transcriptions.a.summary.sections.0",
        "transcriptions.a.translation",
        "transcriptions.a.translation.roleLanguages",
    ],
)

CONFIGS = Limits(
    base=[{"name": "default", "role": "host"}],
    integers=dict.fromkeys(
        [
            "0.maxDuration",
            "0.presignDuration",
            "0.thumbnails.width",
            "0.thumbnails.height",
            "0.thumbnails.fps",
            "0.compositeRecording.browserComposite.autoStopTimeout",
            "0.compositeRecording.browserComposite.width",
            "0.compositeRecording.browserComposite.height",
            "0.streamRecording.width",
            "0.streamRecording.height",
        ],
        WHOLE,
    ),
    flags=[
        "0.thumbnails.enabled",
        "0.compositeRecording.browserComposite.autoStart",
        "0.compositeRecording.customComposite.enabled",
        "0.trackRecording.enabled",
        "0.streamRecording.enabled",
    ],
    arrays={"0.thumbnails.offsets": (100, 2)},
    objects=[
        "0.thumbnails",
        "0.compositeRecording",
        "0.compositeRecording.browserComposite",
        "0.compositeRecording.customComposite",
        "0.trackRecording",
        "0.streamRecording",
    ],
)

#: The defaults of the table (hms.md 1.3), of a role in a template that has `host` and `guest`.
DEFAULTS: dict[str, Any] = {
    "publishParams": {
        "allowed": ["audio", "video", "screen"],
        "audio": {"bitRate": 32, "codec": "opus"},
        "video": {"bitRate": 256, "codec": "vp8", "frameRate": 25, "width": 320, "height": 180},
        "screen": {"bitRate": 1024, "codec": "vp8", "frameRate": 10, "width": 1280, "height": 720},
    },
    "subscribeParams": {
        "subscribeToRoles": ["host", "guest"],
        "maxSubsBitRate": 3200,
        "subscribeDegradation": {
            "packetLossThreshold": 50,
            "degradeGracePeriodSeconds": 1,
            "recoverGracePeriodSeconds": 4,
        },
    },
    "permissions": {
        "rtmpStreaming": True,
        "hlsStreaming": True,
        "browserRecording": True,
        "sendRoomState": False,
    },
    "priority": 1,
    "maxPeerCount": 0,
}
