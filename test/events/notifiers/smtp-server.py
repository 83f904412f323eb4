"""A mail server for one test: aiosmtpd on loopback, with TLS, STARTTLS and a login as the options say.

Prints its port, then each letter as one line of JSON. A subject with "refuse-me" is refused for good.
"""
import argparse, asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument('--port', type=int, default=0)
options.add_argument('--cert')
options.add_argument('--key')
options.add_argument('--tls', choices=['none', 'starttls', 'tls'], default='none')
options.add_argument('--user')
options.add_argument('--password')
options.add_argument('--unknown', default='')
given = options.parse_args()


def say(value):
    sys.stdout.write(json.dumps(value) + '\n')
    sys.stdout.flush()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == given.unknown:
            return '550 5.1.1 no such user here'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode('utf8')
        if 'refuse-me' in text:
            say({'refused': True})
            return '554 5.6.0 not this one'
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        headers = {name.lower(): str(value) for name, value in letter.items()}
        say({'headers': headers, 'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'text': letter.get_content(),
             'encrypted': session.ssl is not None or given.tls == 'tls', 'user': session.auth_data and session.auth_data.login.decode()})
        return '250 OK'


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == given.user and data.password.decode() == given.password
    return AuthResult(success=good, handled=good, auth_data=data)


async def main():
    context = None
    if given.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.cert, given.key)

    def make():
        extra = {}
        if given.tls == 'starttls':
            extra = {'tls_context': context, 'require_starttls': True}
        if given.user:
            extra.update(authenticator=authenticate, auth_required=True, auth_require_tls=given.tls == 'starttls')
        return SMTP(Handler(), hostname='mail.test', enable_SMTPUTF8=True, **extra)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, '127.0.0.1', given.port, ssl=context if given.tls == 'tls' else None)
    say({'port': server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
