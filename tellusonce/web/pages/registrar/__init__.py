"""The pages of registrars: reporting a death, and what comes after."""

from fastapi import APIRouter

from tellusonce.web.pages.registrar import check, drafts, find, imports, receipt, reports, start, withdrawal

router = APIRouter()
for _module in (start, find, imports, reports, withdrawal, receipt, check, drafts):
    router.include_router(_module.router)
