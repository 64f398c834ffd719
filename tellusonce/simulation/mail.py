"""The mail server of sample agencies (SMTP, RFC 5321): it takes every e-mail and keeps none.

The inbox is where a notification is read; the e-mail says only that something waits there.
"""

import asyncio
from contextlib import suppress

LINE_AT_MOST_BYTES = 64 * 1024


async def open_mail(host: str, port: int) -> asyncio.Server:
    """Take e-mails until it is closed. Raises OSError when it cannot listen."""
    return await asyncio.start_server(_converse, host, port, limit=LINE_AT_MOST_BYTES)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, ValueError):  # a line over the limit
        writer.write(b"220 sample agencies\r\n")
        while line := await reader.readline():
            verb = line[:4].strip().upper()
            writer.write(await _answer(verb, reader, writer))
            await writer.drain()
            if verb == b"QUIT":
                break
    writer.close()


async def _answer(verb: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    match verb:
        case b"DATA":
            writer.write(b"354 End with a full stop on a line of its own\r\n")
            while await reader.readline() not in {b".\r\n", b""}:
                pass
            return b"250 Taken\r\n"
        case b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
            return b"250 Yes\r\n"
        case b"QUIT":
            return b"221 Goodbye\r\n"
        case _:
            return b"502 Not here\r\n"
