/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* IPv6 extension headers (RFC 8200, 4): a bounded walk to the transport header. */
#ifndef LODESTONE_EXTENSION_H
#define LODESTONE_EXTENSION_H

#include "parse.h"

#define EXTENSION_MAX_HEADERS 8
#define EXTENSION_MAX_BYTES   256
#define FRAGMENT_OFFSET	      0xfff8 /* of an IPv6 fragment header */
#define FRAGMENT_MORE	      0x0001

struct extension {
	__u8 nexthdr;
	__u8 len;  /* in units of 8 bytes, the first not counted */
	__u8 type; /* of a routing header */
	__u8 segments_left;
	__be32 id; /* of a fragment header */
};
_Static_assert(sizeof(struct extension) == 8, "the least that an extension header has");

/* What is told of a packet that comes in parts. */
struct fragment {
	__u32 id;   /* as loaded */
	bool first; /* more are to come */
	bool later;
};

/* Where an extension header may stand, and that this is the last stop of a routing header. */
static __always_inline bool extension_is_good(const struct extension *ext, __u8 proto, __u32 before)
{
	if (proto == IPPROTO_HOPOPTS)
		return !before;
	if (proto == IPPROTO_ROUTING)
		return ext->type && !ext->segments_left; /* type 0: RFC 5095 */
	return true;
}

/*
 * Moves the cursor to the transport header, whose protocol replaces *proto, or behind the fragment header of
 * a later fragment. AH is not walked: its security association is with one target.
 */
static __always_inline enum verdict skip_extensions(struct cursor *c, __u32 *left, __u8 *proto,
						    struct fragment *fragment)
{
	__u32 budget = EXTENSION_MAX_BYTES;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i <= EXTENSION_MAX_HEADERS; i++) {
		struct extension *ext;
		__u32 size = 0; /* behind the first 8 bytes */

		if (*proto != IPPROTO_HOPOPTS && *proto != IPPROTO_ROUTING && *proto != IPPROTO_DSTOPTS &&
		    *proto != IPPROTO_FRAGMENT)
			return is_extension_header(*proto) ? DROP_EXTENSION_HEADER : VERDICT_NONE;
		if (i == EXTENSION_MAX_HEADERS)
			return DROP_EXTENSION_HEADER;
		ext = take(c, left, sizeof(*ext));
		if (!ext)
			return DROP_TRUNCATED;

		if (*proto == IPPROTO_FRAGMENT) {
			__u16 offset = bpf_ntohs(*(word16 *)&ext->type);

			fragment->id = ext->id;
			fragment->later = offset & FRAGMENT_OFFSET;
			fragment->first = offset & FRAGMENT_MORE && !fragment->later;
			if (fragment->later)
				return VERDICT_NONE;
		} else {
			if (!extension_is_good(ext, *proto, i))
				return DROP_EXTENSION_HEADER;
			size = ext->len * 8;
		}
		if (budget < size + sizeof(*ext))
			return DROP_EXTENSION_HEADER;
		budget -= size + sizeof(*ext);
		if (!skip(c, left, size))
			return DROP_TRUNCATED;
		*proto = ext->nexthdr;
	}
	return DROP_EXTENSION_HEADER;
}

#endif
