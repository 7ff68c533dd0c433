/* Fuzzes the packet decoders: any frame, as Ethernet, and its payload as VRRP and ARP. What decodes
 * must encode again to something that decodes to the same. */
#include "lib/base/must.h"
#include "lib/wire/wire.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_ip src = {.family = AF_INET};
	static const struct wire_ip dst = {.family = AF_INET};
	struct wire_frame frame;
	struct wire_arp arp;
	struct vrrp_advert advert;
	struct vrrp_advert again;
	uint8_t out[2048];

	if (wire_frame_decode(data, size, &frame)) {
		must(frame.payload >= data && frame.payload + frame.payload_len <= data + size);
		wire_arp_decode(frame.payload, frame.payload_len, &arp);
	}
	wire_arp_decode(data, size, &arp);
	if (vrrp_decode(data, size, &src, &dst, false, &advert) != VRRP_OK)
		return 0;
	size_t n = vrrp_encode(&advert, &src, &dst, false, out, sizeof(out));

	must(n > 0);
	must(vrrp_decode(out, n, &src, &dst, false, &again) == VRRP_OK);
	must(again.priority == advert.priority && again.n_addrs == advert.n_addrs);
	return 0;
}
