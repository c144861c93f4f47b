"""Webhooks: what mail providers post about bounces and complaints.

The path is a secret between the operator and the provider, and the post must be signed by the
provider besides. Whoever has neither is answered like any wrong address.
"""

import logging

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pinlabs_mailer.app import App
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.feedback.intake import ses
from pinlabs_mailer.feedback.taking import Came

log = logging.getLogger("pinlabs_mailer.web")


class Hooks:
    """POST of /hooks/ses/TOKEN."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def ses(self, request: Request) -> Response:
        """Take what Amazon SES says, through SNS."""
        body = await request.body()
        return await run_in_threadpool(self._ses, request.path_params["token"], body)

    def _ses(self, token: str, body: bytes) -> Response:
        opener = self._app.sns
        if opener is None or not self._app.hooks.is_ours("ses", token):
            raise HTTPException(404)
        try:
            notice = opener.open(body)
        except BadInput as error:
            log.warning("A post to the hook of SES was refused: %s", error.what)
            return PlainTextResponse("refused\n", 400)
        if notice.type == "Notification":
            reports = ses.read(notice.message)
            self._app.taker.take_read([Came(reports, notice.message.encode())])
        elif notice.type == "SubscriptionConfirmation":
            opener.confirm(notice)
            log.info("The subscription of SES to %s is confirmed.", opener.topic)
        return PlainTextResponse("ok\n")
