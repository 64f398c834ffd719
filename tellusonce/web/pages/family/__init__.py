"""The pages of a report's family."""

from fastapi import APIRouter

from tellusonce.web.pages.family import access, consents, data, help_to_claim, progress, questions, updates

router = APIRouter()
for module in (access, progress, data, help_to_claim, questions, consents, updates):
    router.include_router(module.router)
