/* The two hashes that adverts are signed with, by OpenSSL. The one impure file of lib/wire: the
 * codecs (ah.c, trailer.c) get these as function pointers and stay pure.
 */
#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static void hmac(const EVP_MD *md, const uint8_t *key, size_t key_len, const uint8_t *bytes,
		 size_t len, uint8_t *out)
{
	unsigned n = 0;

	/* it fails only where memory is out or the hash is switched off on this machine */
	must(HMAC(md, key, (int)key_len, bytes, len, out, &n) != NULL);
}

void wire_hmac_md5(const uint8_t *key, size_t key_len, const uint8_t *bytes, size_t len,
		   uint8_t *out)
{
	hmac(EVP_md5(), key, key_len, bytes, len, out);
}

void wire_hmac_sha256(const uint8_t *key, size_t key_len, const uint8_t *bytes, size_t len,
		      uint8_t *out)
{
	hmac(EVP_sha256(), key, key_len, bytes, len, out);
}
