"""Polls as `/v2` reads and shows them, and what would be told of those that were held."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import from_json

from app.apis.dependencies import Whole
from app.apis.descriptions import Shown
from app.apis.hms.bounds import LARGEST, Between, OneOf
from app.apis.hms.errors import ANOTHER_INDEX, RefusedWith, fault
from app.apis.hms.queries import DEFAULT_LIMIT, FilteredFlag, FilteredId, FilteredQuestion, Limit
from app.apis.hms.spellings import ShownId, ShownIdOrNone
from app.apis.hms.template_parts import Count, Few, Line, Part
from app.domain import polls, questions
from app.domain.polls import Contents

_Position = Annotated[Whole, Between(1, LARGEST)]
_None = Annotated[list[Any], WithJsonSchema({"type": "array", "maxItems": 0, "examples": [[]]})]


class PollPart(Part):
    """A poll, or an object inside; its members are spelled like `answer_min_len`."""

    model_config = ConfigDict(alias_generator=None)


class Numbered(PollPart):
    """What has a number among its like."""

    index: _Position | None = Field(default=None, description="Its place, counted from 1, unless it says another.")

    def at(self, index: int) -> Self:
        """Return it as the one of this index. Raises RefusedWith when it is another's."""
        if self.index not in (None, index):
            raise RefusedWith(ANOTHER_INDEX)
        return self._as(index)

    def at_or_as_said(self, index: int) -> Self:
        """Return it as the one of this index, unless it says another."""
        return self if self.index else self._as(index)

    def _as(self, index: int) -> Self:
        return self.model_copy(update={"index": index})


Item = TypeVar("Item", bound=Numbered)


def _each_once(items: list[Item]) -> list[Item]:
    """Give each that says no index that of its place."""
    numbered = [item.at_or_as_said(place) for place, item in enumerate(items, 1)]
    if len({item.index for item in numbered}) < len(numbered):
        raise fault("must have each index once")
    return numbered


_InOrder = Annotated[Few[Item], AfterValidator(_each_once)]


class NewAttachment(PollPart):
    """What is shown with a question."""

    type: Line
    url: Line


class NewAnswer(PollPart):
    """`answer` of a question: the right one."""

    hidden: bool = False
    options: Few[_Position] = Field(default=[], description="Indexes of options, each once.")
    text: Line = ""
    case: bool = Field(default=False, description="Whether the case of letters counts.")
    trim: bool = Field(default=False, description="Whether spaces around it are left out.")


class NewOption(Numbered):
    """One of the answers to choose from."""

    text: Line = ""
    weight: Count = 1


class NewQuestion(Numbered):
    """What is asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "Where?", "options": [{"text": "Here"}, {"text": "There"}]},
                {"text": "Why?", "type": "long-answer", "answer_max_len": 500},
            ]
        }
    )

    text: Line = ""
    format: Line = "text"
    attachment: Few[NewAttachment] = Field(default=[])
    skippable: bool = True
    duration: Count = Field(default=0, description="In seconds; 0: until it is stopped.")
    once: bool = False
    weight: Count = 1
    answer_min_len: Count | None = None
    answer_max_len: Count | None = None
    type: Annotated[str, OneOf("single-choice", "multiple-choice", "short-answer", "long-answer")] = "single-choice"
    answer: NewAnswer | None = None
    options: _InOrder[NewOption] = Field(default=[])

    @model_validator(mode="after")
    def _members_fit(self) -> Self:
        least, most = self.answer_min_len, self.answer_max_len
        if least is not None and most is not None and least > most:
            raise _wrong("must not be greater than answer_max_len", "answer_min_len")
        chosen = self.answer.options if self.answer else []
        if len(set(chosen)) < len(chosen) or not {option.index for option in self.options}.issuperset(chosen):
            raise _wrong("must be indexes of options, each once", "answer", "options")
        return self


class NewPoll(PollPart):
    """The body of "Create a poll", and of "Update a poll", which overwrites all of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": "Lunch", "questions": [{"text": "Where?", "options": [{"text": "Here"}, {"text": "There"}]}]}
            ]
        }
    )

    title: Line = ""
    duration: Count = Field(default=0, description="In seconds; 0: until it is stopped.")
    anonymous: bool = False
    mode: Annotated[Literal["peerid", "userid"], OneOf("userid", "peerid")] = Field(
        default="userid", description="By what those who answer are told apart."
    )
    type: Annotated[Literal["poll", "quiz"], OneOf("poll", "quiz")] = "poll"
    start: Annotated[Literal["auto", "manual"], OneOf("auto", "manual")] = "auto"
    questions: _InOrder[NewQuestion] = Field(default=[])

    @property
    def contents(self) -> Contents:
        """What is said, as the domain takes it. Raises PollTooLarge."""
        documents = [question.document for question in self.questions]
        return Contents(
            title=self.title,
            duration=self.duration,
            anonymous=self.anonymous,
            mode=self.mode,
            type=self.type,
            start=self.start,
            questions=questions.spelled(questions.numbered(documents)),
        )


class Attachment(Shown):
    """What is shown with a question."""

    type: str = Field(examples=["image"])
    url: str = Field(examples=["https://example.org/map.png"])


class Answer(Shown):
    """The right answer."""

    hidden: bool
    options: list[int] = Field(examples=[[1]])
    text: str = Field(examples=[""])
    case: bool
    trim: bool


class Option(Shown):
    """One of the answers to choose from."""

    index: int = Field(examples=[1])
    text: str = Field(examples=["Here"])
    weight: int = Field(examples=[1])


class Question(Shown):
    """What is asked; `answer_min_len`, `answer_max_len` and `answer` are there when they are set."""

    # What is None is as good as required for `Shown`, which leaves it out.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    index: int = Field(examples=[1])
    text: str = Field(examples=["Where?"])
    format: str = Field(examples=["text"])
    attachment: list[Attachment]
    skippable: bool
    duration: int = Field(examples=[0])
    once: bool
    weight: int = Field(examples=[1])
    answer_min_len: int | None = Field(default=None, examples=[1])
    answer_max_len: int | None = Field(default=None, examples=[500])
    type: Literal["single-choice", "multiple-choice", "short-answer", "long-answer"]
    answer: Answer | None = None
    options: list[Option]


class Poll(Shown):
    """The poll object. Its questions are numbered from 1, and so are the options of each."""

    id: ShownId
    title: str = Field(examples=["Lunch"])
    duration: int = Field(examples=[0])
    anonymous: bool
    mode: Literal["userid", "peerid"]
    type: Literal["poll", "quiz"]
    start: Literal["auto", "manual"]
    questions: list[Question]

    @classmethod
    def of(cls, poll: polls.Poll) -> Self:
        """Return the poll as it is shown."""
        return cls(
            id=poll.id,
            title=poll.title,
            duration=poll.duration,
            anonymous=poll.anonymous,
            mode=poll.mode,
            type=poll.type,
            start=poll.start,
            questions=from_json(poll.questions),
        )


class ReportFilters(BaseModel):
    """What a page of a poll's sessions goes by. A parameter without a value counts as absent."""

    limit: Limit = DEFAULT_LIMIT
    start: FilteredId = None
    all: FilteredFlag = None


class AnswerFilters(ReportFilters):
    """The same, of what was answered."""

    question: FilteredQuestion = None


class PollResponses(Shown):
    """A page of what is told of a poll that was held; `last` is where the next one starts, empty when there is none."""

    last: ShownIdOrNone
    limit: int = Field(examples=[10])
    responses: _None


class PollResults(Shown):
    """A page of a poll's results."""

    last: ShownIdOrNone
    limit: int = Field(examples=[10])
    results: _None


def _wrong(text: str, *member: str) -> ValidationError:
    """Return what is wrong with a member for what others say."""
    return ValidationError.from_exception_data("question", [{"type": fault(text), "loc": member, "input": None}])
