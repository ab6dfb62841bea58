import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { bits, identifier, integer, octets, sequence, set, tagged, text, time, wrapped, yes } from './der.ts';

/** A certificate and its key, both in PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is to say. Times in milliseconds since 1970. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Host names of a server; an authority has none. */
  readonly dnsNames?: readonly string[];
}

/** Who signs. */
export interface Signer {
  readonly commonName: string;
  /** Private key in PEM. */
  readonly key: string;
}

const identifiers = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

const algorithm = sequence(identifier(identifiers.ecdsaWithSha256));

const name = (commonName: string): Buffer =>
  sequence(set(sequence(identifier(identifiers.commonName), text(commonName))));

const extension = (which: string, critical: boolean, content: Buffer): Buffer =>
  sequence(identifier(which), ...(critical ? [yes()] : []), octets(content));

const publicBytes = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** The first 20 bytes of the hash of a public key: by it a verifier tells two authorities of one name apart. */
const keyIdentifier = (spki: Buffer): Buffer => createHash('sha256').update(spki).digest().subarray(0, 20);

/** Bits 5 and 6 of KeyUsage: signs certificates and revocation lists. Bit 0: signs handshakes. */
const usage = { authority: bits(Buffer.from([0x06]), 1), server: bits(Buffer.from([0x80]), 7) } as const;

const buildExtensions = ({ dnsNames }: CertificateRequest, own: Buffer, signers: Buffer): Buffer => {
  const names = (dnsNames ?? []).map((host) => tagged(2, Buffer.from(host)));
  const keys = [
    extension(identifiers.subjectKey, false, octets(keyIdentifier(own))),
    extension(identifiers.authorityKey, false, sequence(tagged(0, keyIdentifier(signers)))),
  ];
  return dnsNames === undefined
    ? sequence(
        extension(identifiers.basicConstraints, true, sequence(yes(), integer(Buffer.from([0])))),
        extension(identifiers.keyUsage, true, usage.authority),
        ...keys,
      )
    : sequence(
        extension(identifiers.basicConstraints, true, sequence()),
        extension(identifiers.keyUsage, true, usage.server),
        extension(identifiers.extendedKeyUsage, false, sequence(identifier(identifiers.serverAuthentication))),
        extension(identifiers.alternativeNames, false, sequence(...names)),
        ...keys,
      );
};

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

/**
 * Makes a key (ECDSA, P-256) and an X.509 version 3 certificate for it (RFC 5280): of a server with its host names, or of an
 * authority that signs servers alone. Without a signer it signs itself.
 */
export function issueCertificate(request: CertificateRequest, signer?: Signer): KeyedCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = signer === undefined ? pair.privateKey : createPrivateKey(signer.key);
  const own = publicBytes(pair.publicKey);
  const signers = signer === undefined ? own : publicBytes(createPublicKey(signingKey));
  const content = sequence(
    wrapped(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name(signer?.commonName ?? request.commonName),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.commonName),
    own,
    wrapped(3, buildExtensions(request, own, signers)),
  );
  const signature = sign('sha256', content, signingKey);
  return {
    certificate: pem(sequence(content, algorithm, bits(signature))),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
