/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/packet_file.h"

#include "text_out.h"

#define BYTES(text)                                                                      \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

/* 2026-11-20T12:00:00.123456789Z = 1795176000 s = 0x6b003640 s */
#define AT (UINT64_C(1795176000) * TICK_S + 123456789)

static const struct frame five = {
	.at = AT, .number = 7, .bytes = BYTES("abcde"), .wire_len = 9, .link = 1
};

static void assert_bytes(const struct out *out, const char *p, size_t n)
{
	assert_int_equal(out->len, n);
	assert_memory_equal(out->text, p, n);
}

/* draft-ietf-opsawg-pcap section 4 and 5, byte by byte */
static const char pcap_head[] = "\x4d\x3c\xb2\xa1"
				"\x02\0"
				"\x04\0"
				"\0\0\0\0"
				"\0\0\0\0"
				"\0\0\x04\0"
				"\x01\0\0\0";
static const char pcap_five[] = "\x40\x36\x00\x6b"
				"\x15\xcd\x5b\x07"
				"\x05\0\0\0"
				"\x09\0\0\0"
				"abcde";

static void test_pcap(void **state)
{
	(void)state;
	static struct out out;
	struct packet_file *file;
	text_out_init(&out);
	assert_int_equal(packet_file_new(&file, &out, PACKET_PCAP), OK);
	assert_int_equal(out.len, 0); /* the link type is not known yet */
	assert_int_equal(packet_file_write(file, &five), OK);
	assert_int_equal(packet_file_size(file), 24 + 16 + 5);
	assert_int_equal(packet_file_write(file, &five), OK);
	assert_int_equal(packet_file_size(file), 24 + 2 * (16 + 5));
	struct frame other = five;
	other.link = 113;
	assert_int_equal(packet_file_write(file, &other), ERR_FORMAT);
	packet_file_finish(file);
	char want[24 + 21 + 21];
	memcpy(want, pcap_head, 24);
	memcpy(want + 24, pcap_five, 21);
	memcpy(want + 45, pcap_five, 21);
	assert_bytes(&out, want, sizeof(want));
}

static void test_empty(void **state)
{
	(void)state;
	static struct out out;
	struct packet_file *file;
	text_out_init(&out);
	assert_int_equal(packet_file_new(&file, &out, PACKET_PCAP), OK);
	packet_file_finish(file);
	assert_bytes(&out, pcap_head, 24);
	packet_file_finish(NULL);
}

/* Seconds end in 2106; what is later is then, not in 1970. */
static void test_late(void **state)
{
	(void)state;
	static struct out out;
	struct packet_file *file;
	struct frame late = five;
	late.at = (UINT64_C(1) << 32) * TICK_S;
	text_out_init(&out);
	assert_int_equal(packet_file_new(&file, &out, PACKET_PCAP), OK);
	assert_int_equal(packet_file_write(file, &late), OK);
	packet_file_finish(file);
	assert_memory_equal(out.text + 24, "\xff\xff\xff\xff\0\0\0\0", 8);
}

/* draft-ietf-opsawg-pcapng sections 4.1 to 4.3 */
static void test_pcapng(void **state)
{
	(void)state;
	static const char section[] = "\x0a\x0d\x0d\x0a"
				      "\x2c\0\0\0"
				      "\x4d\x3c\x2b\x1a"
				      "\x01\0\0\0"
				      "\xff\xff\xff\xff\xff\xff\xff\xff"
				      "\x04\0\x08\0"
				      "sipglass"
				      "\0\0\0\0"
				      "\x2c\0\0\0";
	static const char interface[] = "\x01\0\0\0"
					"\x20\0\0\0"
					"\x01\0"
					"\0\0"
					"\0\0\0\0"
					"\x09\0\x01\0"
					"\x09\0\0\0"
					"\0\0\0\0"
					"\x20\0\0\0";
	/* AT in ns is 0x18e9bf0f94aa4d15 */
	static const char packet[] = "\x06\0\0\0"
				     "\x28\0\0\0"
				     "\0\0\0\0"
				     "\x0f\xbf\xe9\x18"
				     "\x15\x4d\xaa\x94"
				     "\x05\0\0\0"
				     "\x09\0\0\0"
				     "abcde\0\0\0"
				     "\x28\0\0\0";
	static struct out out;
	struct packet_file *file;
	text_out_init(&out);
	assert_int_equal(packet_file_new(&file, &out, PACKET_PCAPNG), OK);
	assert_int_equal(packet_file_write(file, &five), OK);
	assert_int_equal(packet_file_size(file), 44 + 32 + 40);
	packet_file_finish(file);
	assert_int_equal(out.len, 44 + 32 + 40);
	assert_memory_equal(out.text, section, 44);
	assert_memory_equal(out.text + 44, interface, 32);
	assert_memory_equal(out.text + 76, packet, 40);
}

/* One interface for each input and link type, however they take turns. */
static void test_interfaces(void **state)
{
	(void)state;
	static struct out out;
	struct packet_file *file;
	unsigned described = 0;
	text_out_init(&out);
	assert_int_equal(packet_file_new(&file, &out, PACKET_PCAPNG), OK);
	for (unsigned i = 0; i < 30; i++) {
		struct frame f = five;
		f.input = (uint16_t)(i % 5);
		f.link = i % 3 ? 1 : 113;
		size_t before = out.len;
		assert_int_equal(packet_file_write(file, &f), OK);
		size_t head = i == 0 ? 44 : 0;
		described += out.len - before == head + 32 + 40;
		assert_true((unsigned char)out.text[out.len - 40 + 8] < described);
	}
	packet_file_finish(file);
	assert_int_equal(described, 10);
}

static void test_output_fails(void **state)
{
	(void)state;
	static struct out out;
	struct packet_file *file;
	for (unsigned format = PACKET_PCAP; format <= PACKET_PCAPNG; format++) {
		text_out_init(&out);
		out.room = 60;
		assert_int_equal(packet_file_new(&file, &out, (enum packet_format)format),
		                 OK);
		enum err err = OK;
		for (unsigned i = 0; i < 3 && err == OK; i++)
			err = packet_file_write(file, &five);
		assert_int_equal(err, ERR_IO);
		packet_file_finish(file);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(packet_format_of("a.pcapng"), PACKET_PCAPNG);
	assert_int_equal(packet_format_of(".pcapng"), PACKET_PCAPNG);
	assert_int_equal(packet_format_of("pcapng"), PACKET_PCAP);
	assert_int_equal(packet_format_of("a.pcapng.x"), PACKET_PCAP);
	assert_int_equal(packet_format_of(""), PACKET_PCAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap),       cmocka_unit_test(test_empty),
		cmocka_unit_test(test_late),       cmocka_unit_test(test_pcapng),
		cmocka_unit_test(test_interfaces), cmocka_unit_test(test_output_fails),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests_name("export/packet_file", tests, NULL, NULL);
}
