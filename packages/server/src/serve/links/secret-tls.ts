import { constants, hkdfSync } from 'node:crypto'
import type { ConnectionOptions, TlsOptions } from 'node:tls'

/**
 * TLS between those who share a secret, without certificates: a pre-shared key (RFC 4279), with ephemeral keys beside it
 * (RFC 5489), so that what was recorded stays closed when the secret becomes known. Each side proves to the other that it
 * has the secret; records that are changed, repeated or left out end the connection.
 */
export function secretTls(secret: string): { readonly accept: TlsOptions; readonly dial: ConnectionOptions } {
  const psk = Buffer.from(hkdfSync('sha256', secret, '', 'waypost links, 1', 32))
  const common = {
    // In 1.3 Node's callbacks for a pre-shared key never come to an end.
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  } as const
  return {
    accept: { ...common, pskCallback: (_socket, identity) => (identity === IDENTITY ? psk : null) },
    // A pre-shared key stands in the place of a certificate: there is no name to compare.
    dial: { ...common, pskCallback: () => ({ psk, identity: IDENTITY }), checkServerIdentity: () => undefined },
  }
}

const IDENTITY = 'waypost'

/** Why no link came about, from an error of OpenSSL's. */
export type HandshakeFault = 'wrong-secret' | 'no-tls' | 'handshake-timeout' | 'handshake-broken-off'

export function handshakeFault(error: Error & { readonly code?: string }): HandshakeFault {
  const code = error.code ?? ''
  if (/BAD_RECORD_MAC|PSK_IDENTITY/.test(code)) return 'wrong-secret'
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'handshake-timeout'
  if (code.startsWith('ERR_SSL_')) return 'no-tls'
  return 'handshake-broken-off'
}
