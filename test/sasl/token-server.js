/** token-server - what Dovecot asks about a bearer token (RFC 7662): one token is good, and belongs to oyaji. */
import http from 'node:http';

const port = 12346;
export const goodToken = 'ya29.good-token';

export const tokenSettings = `introspection_mode = get
introspection_url = http://127.0.0.1:${port}/?token=
username_attribute = username
active_attribute = active
active_value = true
`;

export async function startTokenServer() {
  const server = http.createServer((request, response) => {
    const token = new URL(request.url ?? '', 'http://x').searchParams.get('token');
    const answer =
      token === goodToken ? { active: true, username: 'oyaji' } : { active: false, username: '' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  server.unref();
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
