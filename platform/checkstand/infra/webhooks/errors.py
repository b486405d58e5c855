"""What can be wrong with an address that a business unit wants to be told at."""

from __future__ import annotations

from checkstand.kernel import CheckstandError, Kind


class WebhookUrlInvalid(CheckstandError):
    code = "webhook.url_invalid"
    message = "This is not an address that webhooks can be sent to."
    remedy = "Send a complete address like https://shop.example/hooks/pay, without a user name and without a #fragment."


class WebhookNeedsHttps(CheckstandError):
    code = "webhook.https_required"
    message = "In live mode webhooks go to https addresses only."
    remedy = "Give the endpoint a certificate and an https:// address, or try it out with a test key first."


class WebhookAddressRefused(CheckstandError):
    """The host is, or resolves to, a machine inside a network; asking it would be asked on somebody's behalf."""

    code = "webhook.address_refused"
    kind = Kind.FORBIDDEN
    message = "Webhooks do not go to private, local or reserved addresses."
    remedy = "Use a host with a public address. In test mode this machine itself (127.0.0.1, localhost) works too."


class WebhookHostUnknown(CheckstandError):
    code = "webhook.host_unknown"
    message = "The host of this webhook address cannot be found."
    remedy = "Check the spelling and that the name has a public DNS record."
    retryable = True


class WebhookEventUnknown(CheckstandError):
    code = "webhook.event_unknown"
    message = "There is no event of this name."
    remedy = "Use the names of docs/reference/webhooks.md, a group like payment.*, or leave the list empty for all."


class WebhookEndpointUnknown(CheckstandError):
    code = "webhook.endpoint_unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such webhook endpoint."
    remedy = "List the endpoints with GET /v1/webhook-endpoints and use one of their ids."
