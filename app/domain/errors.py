"""What can go wrong, as facts. Each dialect, and the command line, finds its own words for them.

DomainError
├── NotFound
│   ├── AttachmentNotFound
│   ├── ConferenceNotFound
│   ├── ExternalStreamNotFound
│   ├── KeyNotFound
│   ├── LiveStreamNotFound
│   ├── MeetingNotFound
│   ├── MemberNotFound
│   ├── OptionNotFound
│   ├── PeerNotFound
│   ├── PictureNotFound
│   ├── PollNotFound
│   ├── QuestionNotFound
│   ├── RecordingAssetNotFound
│   ├── RecordingNotFound
│   ├── ReplayNotFound
│   ├── RoleNotFound
│   ├── RoomCodeNotFound
│   ├── RoomNotFound
│   ├── SessionNotFound
│   ├── StreamKeyNotFound
│   ├── TemplateNotFound
│   ├── TokenNotFound
│   ├── TrunkNotFound
│   ├── UserNotFound
│   └── WebhookNotFound
├── NotAllowed
│   ├── CodeDisabled
│   ├── ConferenceDisabled
│   ├── ConferenceFull
│   ├── LastOwner
│   ├── NotAMember
│   ├── NotAnOwner
│   ├── NotOneself
│   ├── NotTheSender
│   ├── OwnStanding
│   └── RoleGone
├── NotOfThisType
│   ├── FixedMembers
│   ├── FixedRoom
│   ├── NeverMuted
│   ├── NeverPictured
│   └── NoPlaceForFiles
├── WrongMembers
│   ├── AlreadyMember
│   ├── GroupFull
│   ├── NamedTwice
│   ├── UnknownUser
│   └── WrongNumberOfMembers
├── AlreadyJoined
├── BlobSwept
├── DefaultTemplateNeeded
├── EmailTaken
├── EventsGone
├── FeedFailed
├── LargeRoomNeeded
├── MediaEngineMissing
├── MeetingExists
├── NameNeeded
├── NameTaken
├── NoStanza
├── NoSuchPages
├── NotAPicture
├── NotConnected
├── NotForOthers
├── NotPreviewable
├── NothingToChange
├── PairExists
├── PollTooLarge
├── PreviewFailed
├── ReplaysBusy
├── RoleTaken
├── StorageFailed
├── StreamKeyExists
├── TemplateTaken
├── TemplateTooLarge
├── TooLarge
├── TooManyAtOnce
├── TooManyHearings
├── TooManyRoles
├── TooManyRoomCodes
├── UnknownPoll
├── UnknownTemplate
├── UnknownWorkspace
├── UserIdTaken
├── WrongRanks
├── Refused
│   ├── InvalidJoinToken
│   └── InvalidKey
└── SecretKeyMismatch
"""


class DomainError(Exception):
    """A fact that keeps a call from being done."""


class NotFound(DomainError):
    """There is no such thing, or not any more."""


class AttachmentNotFound(NotFound):
    """No attachment has this id."""


class ConferenceNotFound(NotFound):
    """No conference has this id."""


class ExternalStreamNotFound(NotFound):
    """No stream to elsewhere has this id."""


class KeyNotFound(NotFound):
    """No key has this id."""


class LiveStreamNotFound(NotFound):
    """No live stream has this id."""


class MeetingNotFound(NotFound):
    """The room has no meeting, or no meeting has this id."""


class MemberNotFound(NotFound):
    """The user is no member of the room."""


class OptionNotFound(NotFound):
    """The question has no option of this number."""


class PeerNotFound(NotFound):
    """Nobody with this id is in the conference just now."""


class PictureNotFound(NotFound):
    """The room, or the user, has no picture."""


class PollNotFound(NotFound):
    """No poll has this id."""


class QuestionNotFound(NotFound):
    """The poll has no question of this number."""


class RecordingAssetNotFound(NotFound):
    """No file of a recording has this id."""


class RecordingNotFound(NotFound):
    """No recording has this id."""


class ReplayNotFound(NotFound):
    """No replay of webhooks has this id."""


class RoleNotFound(NotFound):
    """The template, of a conference or by itself, has no such role."""


class RoomCodeNotFound(NotFound):
    """No code of a conference reads like this."""


class RoomNotFound(NotFound):
    """No room has this id."""


class SessionNotFound(NotFound):
    """No session has this id, or nobody is in the conference."""


class StreamKeyNotFound(NotFound):
    """The conference has no key that is in use."""


class TemplateNotFound(NotFound):
    """No template has this id."""


class TokenNotFound(NotFound):
    """No user's token reads like this."""


class TrunkNotFound(NotFound):
    """No trunk to the telephone network has this id."""


class UserNotFound(NotFound):
    """No user has this id or email."""


class WebhookNotFound(NotFound):
    """The workspace has no webhook."""


class NotAllowed(DomainError):
    """Others may, or nobody."""


class CodeDisabled(NotAllowed):
    """An administrator has disabled the code: it opens nothing."""


class ConferenceDisabled(NotAllowed):
    """An administrator has disabled the conference: nobody gets in."""


class ConferenceFull(NotAllowed):
    """As many are in the conference as an administrator lets in."""


class LastOwner(NotAllowed):
    """A room that has members has an owner among them."""


class NotAMember(NotAllowed):
    """The room, or the workspace that it is a channel of, is for its members."""


class NotAnOwner(NotAllowed):
    """This is for an owner of the room, or of the workspace that it is a channel of."""


class NotOneself(NotAllowed):
    """A user's picture is his own affair."""


class NotTheSender(NotAllowed):
    """This is for who sent the file, or an owner of the room."""


class OwnStanding(NotAllowed):
    """Nobody makes himself an owner, or ceases to be one by himself."""


class RoleGone(NotAllowed):
    """The code is of a role that the conference's template does not have, or not any more."""


class NotOfThisType(DomainError):
    """Rooms of other types can."""


class FixedMembers(NotOfThisType):
    """Nobody is added to a one-to-one or a channel, nor leaves it, nor changes his standing there."""


class FixedRoom(NotOfThisType):
    """A one-to-one is never changed nor deleted."""


class NeverMuted(NotOfThisType):
    """A workspace makes no sound; its channels are muted one by one."""


class NeverPictured(NotOfThisType):
    """Only groups have pictures."""


class NoPlaceForFiles(NotOfThisType):
    """Nobody sends files to a workspace or a channel."""


class WrongMembers(DomainError):
    """These cannot become members."""


class AlreadyMember(WrongMembers):
    """One of them is a member already."""


class GroupFull(WrongMembers):
    """A group has no more places."""


class NamedTwice(WrongMembers):
    """One of them is named twice."""


class UnknownUser(WrongMembers):
    """One of them is no user."""


class WrongNumberOfMembers(WrongMembers):
    """A room of this type is not made of so many."""


class AlreadyJoined(DomainError):
    """The user is in the meeting, by this very socket."""


class BlobSwept(DomainError):
    """The bytes took so long to arrive that they were swept away."""


class DefaultTemplateNeeded(DomainError):
    """One template is the default one, until another is."""


class EmailTaken(DomainError):
    """A user has this email already, in whatever case."""


class EventsGone(DomainError):
    """What somebody has missed is not kept any more, is too much, or never was."""


class FeedFailed(DomainError):
    """Nothing is heard of what other connections commit."""


class LargeRoomNeeded(DomainError):
    """So many participants go into a large room only."""


class MediaEngineMissing(DomainError):
    """There is nothing that could carry sound and pictures, or record them."""


class MeetingExists(DomainError):
    """The room has a meeting already."""


class NameNeeded(DomainError):
    """A room of this type has a name, and none is empty."""


class NameTaken(DomainError):
    """Another conference has this name, in whatever case."""


class NoStanza(DomainError):
    """What is forwarded is not well-formed, or not such that it can be read safely."""


class NoSuchPages(DomainError):
    """The document does not have these pages."""


class NotAPicture(DomainError):
    """It has no bytes."""


class NotConnected(DomainError):
    """No socket of the user is open that is called so."""


class NotForOthers(DomainError):
    """What somebody sends may be silenced by others, but never begun."""


class NotPreviewable(DomainError):
    """It is not of the kind that was asked for, or broken, locked, empty, or too large to be opened."""


class NothingToChange(DomainError):
    """Of a group, its name or its description is changed."""


class PairExists(DomainError):
    """These two have a one-to-one already."""


class PollTooLarge(DomainError):
    """The questions of a poll are more than is kept."""


class PreviewFailed(DomainError):
    """What makes previews died, took too long, or cannot be started."""


class ReplaysBusy(DomainError):
    """Webhooks cannot be replayed just now; somebody else holds what is needed."""


class RoleTaken(DomainError):
    """The template has another role of this name."""


class StorageFailed(DomainError):
    """The store of bytes did not do what was asked, or does not have them."""


class StreamKeyExists(DomainError):
    """The conference has a key that is in use."""


class TemplateTaken(DomainError):
    """Another template has this name."""


class TemplateTooLarge(DomainError):
    """The roles of a template, or its destinations, are longer than such a document may be."""


class TooLarge(DomainError):
    """The file is larger than allowed."""


class TooManyAtOnce(DomainError):
    """As many of the same address are waited for as are let wait."""


class TooManyHearings(DomainError):
    """The user has as many sockets open as he may."""


class TooManyRoles(DomainError):
    """The template has as many roles as one may have."""


class TooManyRoomCodes(DomainError):
    """The conference has as many codes as one may have."""


class UnknownPoll(DomainError):
    """A conference is to have a poll that does not exist."""


class UnknownTemplate(DomainError):
    """A conference cannot have a template that there is not."""


class UnknownWorkspace(DomainError):
    """A channel cannot be in a workspace that there is not."""


class UserIdTaken(DomainError):
    """A user has this id already."""


class WrongRanks(DomainError):
    """The ranks are no order of all that is ordered, and of nothing else."""


class Refused(DomainError):
    """A credential that opens nothing. What was presented is no part of its message: it may be a mistyped secret."""

    def __init__(self, presented: str) -> None:
        super().__init__()
        self.presented = presented


class InvalidKey(Refused):
    """No key reads like this."""


class InvalidJoinToken(Refused):
    """The token opens no conference, or not any more."""


class SecretKeyMismatch(DomainError):
    """It was sealed under another SECRET_KEY."""
