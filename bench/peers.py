"""The same questions as two well-known libraries have one write them: ``python -m bench.peers ptb|aiogram FILE``."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

QUESTIONS = (
    ("name", "Sáng kiến của bạn tên là gì?"),
    ("content", "Bạn làm thế nào?"),
    ("field", "Sáng kiến thuộc lĩnh vực nào?"),
    ("applied", "Bạn áp dụng lần đầu ngày nào?"),
    ("more", "Trước khi có sáng kiến, chỗ đó vướng gì?"),
    ("confirm", "Bạn xem lại giúp mình: đúng rồi thì gửi."),
)
_BUTTONS = ("Bỏ qua", "Quay lại", "Thoát")


def _table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE initiative (id INTEGER PRIMARY KEY, author TEXT, name TEXT, content TEXT)"
    )
    connection.commit()
    return connection


def _save(connection: sqlite3.Connection, author: int, answers: dict[str, str]) -> int:
    done = connection.execute(
        "INSERT INTO initiative (author, name, content) VALUES (?, ?, ?)",
        (str(author), answers["name"], answers["content"]),
    )
    connection.commit()
    return int(done.lastrowid or 0)


def ptb(path: Path) -> None:
    """python-telegram-bot as its own examples do it."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update  # noqa: PLC0415
    from telegram.ext import (  # noqa: PLC0415
        Application,
        CommandHandler,
        ConversationHandler,
        MessageHandler,
        PicklePersistence,
        filters,
    )

    connection = _table(path)
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label) for label in _BUTTONS]])

    async def begin(update: Update, _context: Any) -> int:
        await update.message.reply_text(QUESTIONS[0][1], reply_markup=buttons)  # type: ignore[union-attr]
        return 0

    def step(at: int) -> Any:
        async def answered(update: Update, context: Any) -> int:
            context.user_data[QUESTIONS[at][0]] = update.message.text  # type: ignore[union-attr]
            if at + 1 < len(QUESTIONS):
                await update.message.reply_text(QUESTIONS[at + 1][1], reply_markup=buttons)  # type: ignore[union-attr]
                return at + 1
            number = _save(connection, update.effective_user.id, context.user_data)  # type: ignore[union-attr]
            await update.message.reply_text(f"Đã gửi: {number}")  # type: ignore[union-attr]
            return ConversationHandler.END

        return answered

    async def menu(update: Update, _context: Any) -> None:
        await update.message.reply_text("Bạn muốn làm gì?", reply_markup=buttons)  # type: ignore[union-attr]

    api, token = os.environ["BENCH_API"], os.environ["BENCH_TOKEN"]
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{api}/bot")
        .persistence(PicklePersistence(path.with_suffix(".pickle")))
        .build()
    )
    text = filters.TEXT & ~filters.COMMAND
    application.add_handler(
        ConversationHandler(
            [CommandHandler("sangkien", begin)],
            {at: [MessageHandler(text, step(at))] for at in range(len(QUESTIONS))},
            [],
            name="submission",
            persistent=True,
        )
    )
    application.add_handler(CommandHandler(["menu", "cuatoi"], menu))
    application.run_polling()


def aiogram(path: Path) -> None:
    """Aiogram 3 as its own examples do it."""
    from aiogram import Bot, Dispatcher, F  # noqa: PLC0415
    from aiogram.client.session.aiohttp import AiohttpSession  # noqa: PLC0415
    from aiogram.client.telegram import TelegramAPIServer  # noqa: PLC0415
    from aiogram.filters import Command  # noqa: PLC0415
    from aiogram.fsm.context import FSMContext  # noqa: PLC0415
    from aiogram.fsm.state import State, StatesGroup  # noqa: PLC0415
    from aiogram.fsm.storage.memory import MemoryStorage  # noqa: PLC0415
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message  # noqa: PLC0415

    connection = _table(path)
    dispatcher = Dispatcher(storage=MemoryStorage())
    buttons = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=label, callback_data=label) for label in _BUTTONS]]
    )
    names = {name: State() for name, _ in QUESTIONS}
    states = type("Submission", (StatesGroup,), names)

    async def begin(message: Message, state: FSMContext) -> None:
        await state.set_state(names[QUESTIONS[0][0]])
        await message.answer(QUESTIONS[0][1], reply_markup=buttons)

    def step(at: int) -> Any:
        async def answered(message: Message, state: FSMContext) -> None:
            await state.update_data({QUESTIONS[at][0]: message.text})
            if at + 1 < len(QUESTIONS):
                await state.set_state(names[QUESTIONS[at + 1][0]])
                await message.answer(QUESTIONS[at + 1][1], reply_markup=buttons)
                return
            number = _save(
                connection, message.from_user.id if message.from_user else 0, await state.get_data()
            )
            await state.clear()
            await message.answer(f"Đã gửi: {number}")

        return answered

    async def menu(message: Message) -> None:
        await message.answer("Bạn muốn làm gì?", reply_markup=buttons)

    dispatcher.message.register(begin, Command("sangkien"))
    dispatcher.message.register(menu, Command("menu", "cuatoi"))
    for at, (name, _) in enumerate(QUESTIONS):
        dispatcher.message.register(step(at), names[name], F.text)
    del states
    server = TelegramAPIServer.from_base(os.environ["BENCH_API"])
    bot = Bot(os.environ["BENCH_TOKEN"], session=AiohttpSession(api=server))
    asyncio.run(dispatcher.start_polling(bot, handle_signals=True))


if __name__ == "__main__":
    {"ptb": ptb, "aiogram": aiogram}[sys.argv[1]](Path(sys.argv[2]))
