"""The pages of registrars: reporting a death, and what comes after."""

from fastapi import APIRouter

from tellusonce.web.pages.registrar import check, drafts, reports, start

router = APIRouter()
for _module in (start, reports, check, drafts):
    router.include_router(_module.router)
