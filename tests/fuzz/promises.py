"""What our contracts promise beyond a description, and what they excuse: schemathesis loads this file."""

import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Collection
from copy import copy

import fuzz.guesses
import fuzz.previews  # noqa: F401 - has checks, too
import schemathesis
from requests import Session
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import AllowHeaderMismatch, AuthScenario, IgnoredAuth, RejectedPositiveData
from schemathesis.specs.openapi.checks import is_unexpected_http_status_case

#: Refusals of what a schema finds good, by their code or their text.
UNFORESEEABLE = {
    # It depends on what the server holds:
    "REALTIME-00004",  # an id that no room has
    "REALTIME-00009",  # a token that is none of ours
    "Error: template not found",
    "Error: room_id invalid",
    "Invalid body param: name is taken by another room",
    "Invalid body param: name is taken by another template",
    "Invalid body param: name is taken by another role",
    "Invalid body param: polls must be ids of polls",
    "Invalid body param: default must stay true until another template is the default one",
    "Invalid body param: room size greater than 2500, set large_room flag as true",
    "Room is disabled",
    "Room code is disabled",
    "Role of the room code does not exist",
    "Room has an active stream key",
    "Room has as many room codes as a room can have: 100",
    # It depends on two members together:
    "Invalid body param: name is required when active is false",
    "Invalid body param: index must be the one of the path, or absent",
    # It depends on a zone, which leads out of the calendar:
    "Invalid query parameter: after must be a time like 2006-01-02T15:04:05.000Z",
    "Invalid query parameter: start_time must be a time like 2006-01-02T15:04:05.000Z",
    "Invalid query parameter: end_time must be a time like 2006-01-02T15:04:05.000Z",
    "Invalid body param: start_time must be a time like 2006-01-02T15:04:05.000Z",
    "Invalid body param: end_time must be a time like 2006-01-02T15:04:05.000Z",
    "Invalid query parameter: before must be a time like 2006-01-02T15:04:05.000Z",
    # It depends on what time it is:
    "start_time must be within the last 30 days",
    "end_time must be within 14 days after start_time",
    # It lies deep inside a document, or is its size:
    "Invalid body param: recording_info must not contain NUL",
    "Invalid body param: recording_info must not be larger than 16 KiB",
    "Invalid body param: webhook must not contain NUL",
    "Invalid body param: webhook must not be larger than 16 KiB",
    "Invalid body param: roles and destinations must each not be larger than 256 KiB",
    "Invalid body param: questions must not be larger than 256 KiB",
    # Facts about rooms of the chats, their members and types:
    "a one-to-one is neither changed nor deleted",
    "a room of this type is not made of so many members",
    "a workspace cannot be muted",
    "the room has a meeting already",
    "you are in the meeting by this websocket",
    "queue-id is not the name of an open websocket of yours",
    "nobody switches on what another sends",
    "neither name nor description is given",
    "nobody promotes or demotes himself",
    "nobody sends files to a workspace or a channel",
    "only groups have pictures",
    "one of the members is named twice",
    "one of the members is no user",
    "one of them is a member already",
    "parentId is not the id of a workspace",
    "the last owner cannot leave while others stay",
    "the members of a one-to-one or a channel are what they are",
    "the ranks are not 1..n or 0..n-1 over all rooms that are ordered",
    "these two have a one-to-one already",
    "you are no member of the room",
    "a room of this type needs a name",
    "the picture of a user is his own affair",
    # It lies deep inside a text, or is the size of a file:
    "originalMessage is no stanza that can be read",
    "query.filter: must be a filter that a page gave",
    "the file is too large",
    "the picture is empty",
    "the document does not have these pages",
    # It is there by an upgrade alone, or with an engine:
    "no media engine is configured",
    "this is a websocket: open it by Upgrade",
    "the file is of another kind, broken, locked, empty or too large to be opened",
}
#: The same, with the way to what is wrong before them, which has a name or a number in it: what lies in maps of
#: templates, and in lists of polls.
UNFORESEEABLE_ENDS = (
    # It depends on two members together:
    "must begin with rid f and scaleResolutionDownBy 1.0",
    "must have each rid once, in the order f, h, q",
    "must have ascending values of scaleResolutionDownBy",
    "must have each index once",
    "must be indexes of options, each once",
    "must not be greater than answer_max_len",
)
SUCCESSES = {200, 201, 204}
#: What needs a media engine, of which there is none, hears that at last, by this status.
OF_AN_ENGINE = {
    "PUT /meetings/{meetingId}/audio": 424,
    "PUT /meetings/{meetingId}/audio/offer": 424,
    "PUT /meetings/{meetingId}/media": 424,
    "PUT /meetings/{meetingId}/media/answer": 424,
    "PUT /meetings/{meetingId}/media/subscribe": 424,
    "POST /meetings/{meetingId}/startRecording": 424,
    "POST /meetings/{meetingId}/stopRecording": 424,
    "POST /recordings/room/{room_id}/start": 501,
    "POST /recordings/room/{room_id}/stop": 501,
    "POST /recordings/room/{room_id}/pause": 501,
    "POST /recordings/room/{room_id}/resume": 501,
    "POST /live-streams/room/{room_id}/start": 501,
    "POST /live-streams/room/{room_id}/stop": 501,
    "POST /external-streams/room/{room_id}/start": 501,
    "POST /external-streams/room/{room_id}/stop": 501,
    "POST /sip/outbound/trunks": 501,
    "POST /sip/outbound/call": 501,
    "POST /sip/dtmf": 501,
    "POST /beam": 501,
    "GET /diagnostics/token": 501,
}
#: What such an engine would have made is not there.
OF_WHAT_IT_MAKES = {
    "GET /recordings/{id}",
    "POST /recordings/{id}/stop",
    "GET /recording-assets/{id}",
    "GET /recording-assets/{id}/presigned-url",
    "GET /live-streams/{id}",
    "POST /live-streams/{id}/stop",
    "POST /live-streams/{id}/timed-metadata",
    "POST /live-streams/{id}/pause-recording",
    "POST /live-streams/{id}/resume-recording",
    "GET /external-streams/{id}",
    "POST /external-streams/{id}/stop",
    "POST /sip/outbound/trunks/{id}",
    "GET /polls/{id}/sessions/{session_id}",
    "GET /polls/{id}/responses/{response_id}",
    "GET /polls/{id}/results/{result_id}",
}
#: What has been answered at the end of a run besides a success.
ANSWERED = {
    "GET /attachments/{fileId}/download": {200, 206, 304},
    "POST /rooms/{roomId}/attachments": {413},
    "PUT /rooms/{roomId}/attachments": {413},
    "GET /preview/image/{fileId}/{area}": {200, 304},
    "GET /preview/image/{fileId}/{area}/thumbnail": {200, 304},
    "GET /preview/pdf/{fileId}": {200, 304},
    "GET /preview/pdf/{fileId}/{area}/thumbnail": {200, 304},
    "POST /preview/image/{area}": {413},
    "POST /preview/image/{area}/thumbnail": {413},
    "POST /preview/pdf": {413},
    "POST /preview/pdf/{area}/thumbnail": {413},
    **{operation: {status} for operation, status in OF_AN_ENGINE.items()},
}
#: Where the path of one operation is also that of another: `thumbnail` may stand for an area, and is refused then.
ALSO_READ = "/preview/image/{area}/thumbnail"
#: What never succeeds: that, and a websocket, which is opened by an upgrade.
NEVER_DONE = {"GET /events", *OF_AN_ENGINE, *OF_WHAT_IT_MAKES}
#: What shows a credential; where there are several, the first decides.
CREDENTIALS = ("Cookie", "Authorization", "x-vcs-token")


_ROOM_ID = re.compile(rb"RO-[0-9a-f-]{36}")
#: Operations of `/api/realtime` that have refused an unknown key with 400, as documented.
_refusing: set[str | None] = set()


@schemathesis.check
def content_type_is_exact(ctx: CheckContext, response: Response, case: Case) -> None:
    """A known client compares the header with `===`; schemathesis lets a charset pass."""
    if response.content and not _is_file(response, case):
        types = [[type] for type in _types(response, case) or ("application/json",)]
        assert response.headers.get("content-type") in types, response.headers.get("content-type")


def _is_file(response: Response, case: Case) -> bool:
    return "*/*" in _types(response, case)


def _types(response: Response, case: Case) -> Collection[str]:
    told = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    return told.get("content", {}).keys()


@schemathesis.check
def files_are_what_their_tag_says(ctx: CheckContext, response: Response, case: Case) -> None:
    """A file's tag is its hash, and a part of it is as long as it says."""
    if _is_file(response, case) and response.status_code == 200:
        assert response.headers["etag"] == [f'"{hashlib.sha256(response.content).hexdigest()}"']
    elif _is_file(response, case):
        [told] = response.headers["content-range"]
        first, last = map(int, re.findall("[0-9]+", told)[:2])
        assert len(response.content) == last - first + 1, told


@schemathesis.check
class BrokenFormsAreRefused:
    """schemathesis sends forms that lack something, but none that breaks off, or is cut with another boundary."""

    def __init__(self) -> None:
        self._turns = itertools.count(1)

    def after_response(self, ctx: CheckContext, response: Response, case: Case) -> None:
        if case.media_type != "multipart/form-data" or response.status_code not in SUCCESSES:
            return
        whole = response.request.body
        end = whole.rindex(b"--")
        turn = next(self._turns)
        for broken in (whole[: 1 + 97 * turn % end], whole[:end], whole[1:], whole[: end - 20] + whole[end:]):
            request = response.request.copy()
            request.prepare_body(broken, None)
            with Session() as session:
                status = session.send(request).status_code
            assert status in {400, 413}, f"{status} for {broken!r}"


@schemathesis.check
def every_refusal_is_ours(ctx: CheckContext, response: Response, case: Case) -> None:
    """A method or a media type that an operation doesn't have is refused in its API's words, not the framework's.

    schemathesis judges the answers to those by their status alone, and no operation can describe a 405. Its body is
    like that of every plain error, of which each operation describes the 500.
    """
    if response.status_code >= 400 and is_unexpected_http_status_case(case):
        as_described = copy(response)
        if str(response.status_code) not in case.operation.definition.raw["responses"]:
            as_described.status_code = 500
        case.operation.validate_response(as_described, case=case)


@schemathesis.check
class NearlyGoodCredentialsAreRefused:
    """schemathesis sends credentials that nobody could take for good ones."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def after_response(self, ctx: CheckContext, response: Response, case: Case) -> None:
        is_open = not case.operation.definition.raw["security"]
        if response.status_code not in SUCCESSES or is_open or case.operation.label in self._asked:
            return
        self._asked.add(case.operation.label)
        request = response.request.copy()
        name = next(name for name in CREDENTIALS if name in request.headers)
        request.headers[name] = _forged(str(request.headers[name]))
        with Session() as session:
            status = session.send(request).status_code
        assert status in {400, 401}, f"{status} for {name} with one character changed"


def _forged(credential: str) -> str:
    """Change a character near the end, where keys and signatures are, but not the last: its bits may mean nothing."""
    other = "0" if credential[-9] != "0" else "1"
    return f"{credential[:-9]}{other}{credential[-8:]}"


@schemathesis.check
class DeletedRoomsStayAway:
    """schemathesis looks for what was deleted by its path; `/api/realtime` deletes by a query."""

    def __init__(self) -> None:
        self._deleted: set[bytes] = set()

    def after_response(self, ctx: CheckContext, response: Response, case: Case) -> None:
        if response.status_code == 200 and case.method != "DELETE":
            shown = self._deleted.intersection(_ROOM_ID.findall(response.content))
            assert not shown, f"deleted, but shown: {shown}"
        elif response.status_code == 200:
            self._deleted.update(_ROOM_ID.findall(response.content))


@schemathesis.check
class EveryOperationIsReached:
    """A fuzzer that hears nothing but 401 or 405 is no fuzzer."""

    def __init__(self) -> None:
        self._heard: defaultdict[str, set[int]] = defaultdict(set)
        self._told: dict[str, set[int]] = {}

    def after_response(self, ctx: CheckContext, response: Response, case: Case) -> None:
        if not self._heard:
            for found in case.operation.schema.get_all_operations():
                operation = found.ok()
                self._heard[operation.label] = set()
                self._told[operation.label] = {int(status) for status in operation.definition.raw["responses"]}
        self._heard[case.operation.label].add(response.status_code)

    def after_run(self, ctx: CheckContext) -> None:
        for operation, statuses in self._heard.items():
            assert statuses & SUCCESSES or operation in NEVER_DONE, (
                f"{operation} has done nothing that it was asked to: {sorted(statuses)}"
            )
            missing = ANSWERED.get(operation, set()) - statuses
            assert not missing, f"{operation} has never answered {missing}"
            refusals = {400, 404} & self._told[operation]
            assert not refusals or statuses & refusals, f"{operation} has refused nothing: {sorted(statuses)}"


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Drop the failures that the contracts ask for."""
    if _refuses_unknown_keys(failure, response):
        _refusing.add(failure.operation)
        return False
    return not _is_unforeseeable(failure, response) and not _is_also_read(failure, case)


def _refuses_unknown_keys(failure: Failure, response: Response) -> bool:
    """A missing key is 401 there, but an unknown one 400: where its documentation disagrees, that section wins."""
    return (
        isinstance(failure, IgnoredAuth)
        and failure.scenario is AuthScenario.INVALID_AUTH
        and "got `400" in failure.message
        and "x-vcs-token" in response.request.headers
    )


def _is_also_read(failure: Failure, case: Case) -> bool:
    return (
        isinstance(failure, AllowHeaderMismatch)
        and case.operation.path == ALSO_READ
        and failure.undocumented_methods == ["GET"]
        and not failure.missing_methods
    )


@schemathesis.check
def an_operation_is_asked_once(ctx: CheckContext, response: Response, case: Case) -> None:
    """What has refused bad credentials is not asked again; schemathesis remembers this only of a 401."""
    if ctx.auth_enforced_operations is not None:
        ctx.auth_enforced_operations |= _refusing


def _is_unforeseeable(failure: Failure, response: Response) -> bool:
    if not isinstance(failure, RejectedPositiveData):
        return False
    body = response.json() if response.content else {}
    told = [body.get("code"), body.get("message"), *body.get("details", ())]
    return not UNFORESEEABLE.isdisjoint(told) or str(told[-1]).endswith(UNFORESEEABLE_ENDS)
