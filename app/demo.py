"""What `make run` shows a newcomer: where each API is, credentials that work, and a line to paste."""

import asyncio

from app.adapters import database, secret_key
from app.apis.hms.tokens import management_token
from app.domain import keys, tokens, users
from app.domain.database import Transaction
from app.domain.errors import UserNotFound
from app.domain.secrets import SecretKey
from app.settings import Settings

_PEOPLE = {"ada@example.org": "Ada", "ben@example.org": "Ben", "cleo@example.org": "Cleo"}


def announcement(settings: Settings) -> str:
    """Revoke the demo credentials of the last time, make new ones for the same three users, and tell of them."""
    return asyncio.run(_announcement(settings))


async def _announcement(settings: Settings) -> str:
    async with database.connection(settings) as connection:
        transaction = Transaction(connection)
        async with transaction.begun():  # of its own: it ends with what tells of it
            await keys.revoke_demo(transaction)
            await tokens.revoke_demo(transaction)
        async with transaction.begun():
            management = await _management_token(transaction, secret_key.load(settings))
            api_key = await keys.create_vcs(transaction, demo=True)
            people = {email: await _token(transaction, settings, email, name) for email, name in _PEOPLE.items()}
    return _text(settings, management, api_key, people)


async def _management_token(transaction: Transaction, sealing: SecretKey) -> str:
    key = await keys.create_hms(transaction, sealing, demo=True)
    return management_token(key.access_key, key.secret)


async def _token(transaction: Transaction, settings: Settings, email: str, name: str) -> str:
    try:
        user = await users.with_email(transaction, email)
    except UserNotFound:
        user = await users.add(transaction, email=email, name=name)
    lifetime = settings.token_lifetime_seconds
    return (await tokens.create(transaction, user.id, lifetime_seconds=lifetime, demo=True)).token


def _text(settings: Settings, management: str, api_key: str, people: dict[str, str]) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}"
    tokens_of_people = "\n".join(f"    {email:<18} {token}" for email, token in people.items())
    first = next(iter(people.values()))
    return f"""
Enfilade is running. These credentials work until the next `make run`.

100ms-style server API   {base}/v2
    interactive page   {base}/v2/docs
    management token   {management}
    curl {base}/v2/rooms -H "Authorization: Bearer {management}"

VCS-style realtime API   {base}/api/realtime
    interactive page   {base}/api/realtime/docs
    API key            {api_key}
    curl {base}/api/realtime/room -H "x-vcs-token: {api_key}"

Carbonio chats           {base}/
    interactive page   {base}/docs
{tokens_of_people}
    curl "{base}/rooms?extraFields=members" -H "Cookie: ZM_AUTH_TOKEN={first}"

Health                   {base}/health
    curl {base}/health

Stop with Ctrl-C; what was made stays in {settings.data_dir}.
"""
