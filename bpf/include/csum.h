/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The Internet checksum (RFC 1071). Only answers need it: what is forwarded is not changed. */
#ifndef LODESTONE_CSUM_H
#define LODESTONE_CSUM_H

#include "lodestone.h"

/* Adds a block of a constant number of 32-bit words; sums of words as loaded, so byte order does not matter.
 */
static __always_inline __u64 csum_words(__u64 sum, const void *data, int words)
{
	const word32 *word = data;

#pragma clang loop unroll(full)
	for (int i = 0; i < words; i++)
		sum += word[i];
	return sum;
}

static __always_inline __sum16 csum_fold(__u64 sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (__sum16)~sum;
}

/* The checksum after one 16-bit word under it has changed (RFC 1624, equation 3). */
static __always_inline __sum16 csum_replace(__sum16 check, __be16 from, __be16 to)
{
	return csum_fold((__u64)(__u16)~check + (__u16)~from + to);
}

#endif
