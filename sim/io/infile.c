/* The reading half of io/outfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "io/outfile.h"

enum { BLOCK_BYTES = 1 << 18, MOST_INPUT_BYTES = 1 << 30, GZIP_WINDOW_BITS = 16 + MAX_WBITS };

static cas_status open_file(const char *path, int regular_only, int *fd, struct cas_err *err)
{
	struct stat info;
	const char *wrong = NULL;

	/* Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | (regular_only ? O_NONBLOCK : 0));
	if (*fd < 0)
		return cas_err_set(err, CAS_INPUT, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(*fd, &info))
		wrong = "not a file that can be looked at";
	else if (S_ISDIR(info.st_mode))
		wrong = "a folder, expected a file";
	else if (regular_only && !S_ISREG(info.st_mode))
		wrong = "a pipe or a device, expected a file";
	if (!wrong)
		return CAS_OK;
	close(*fd);
	return cas_err_set(err, CAS_INPUT, "%s: is %s", path, wrong);
}

static cas_status add_block(const char *path, struct cas_buf *buf, const void *block, size_t bytes,
	struct cas_err *err)
{
	if (bytes > buf->max_bytes - buf->size_bytes)
		return cas_err_set(err, CAS_INPUT, "%s: longer than %zu bytes", path, buf->max_bytes);
	cas_buf_add(buf, block, bytes);
	if (buf->failed)
		return cas_err_set(err, CAS_ENV, "%s: out of memory after %zu bytes", path, buf->size_bytes);
	return CAS_OK;
}

static cas_status read_all(const char *path, int fd, void *block, struct cas_buf *buf,
	struct cas_err *err)
{
	cas_status status = add_block(path, buf, "", 0, err); /* an empty file too gives a pointer and a NUL */
	ssize_t n;

	while (!status) {
		do
			n = read(fd, block, BLOCK_BYTES);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return cas_err_set(err, CAS_ENV, "%s: cannot read: %s", path, strerror(errno));
		if (!n)
			return CAS_OK;
		status = add_block(path, buf, block, (size_t)n, err);
	}
	return status;
}

/* Fills buf up to buf->max_bytes; empties it on failure. */
static cas_status read_file(const char *path, int regular_only, struct cas_buf *buf, struct cas_err *err)
{
	void *block;
	int fd;
	cas_status status = open_file(path, regular_only, &fd, err);

	if (status)
		return status;
	status = cas_mem_new(&block, BLOCK_BYTES, 1, err);
	if (!status)
		status = read_all(path, fd, block, buf, err);
	free(block);
	close(fd);
	if (status)
		cas_buf_clear(buf);
	return status;
}

static int is_gz(const uint8_t *data, size_t size_bytes)
{
	return size_bytes >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

static cas_status inflate_error(const char *path, const z_stream *z, int code, struct cas_err *err)
{
	if (code == Z_MEM_ERROR)
		return cas_err_set(err, CAS_ENV, "%s: out of memory for decompression", path);
	if (code == Z_BUF_ERROR)
		return cas_err_set(err, CAS_INPUT, "%s: compressed data is truncated", path);
	return cas_err_set(err, CAS_INPUT, "%s: compressed data is damaged: %s", path,
		z->msg ? z->msg : "no deflate stream");
}

/* The gzip streams that a file consists of.  zlib's own reader of files ignores what follows them. */
static cas_status inflate_streams(const char *path, const struct cas_buf *file, z_stream *z, void *block,
	struct cas_buf *out, struct cas_err *err)
{
	const uint8_t *start = (const uint8_t *)file->data, *end = start + file->size_bytes;

	z->next_in = (Bytef *)file->data;
	for (;;) {
		size_t left = (size_t)(end - z->next_in);
		cas_status status;
		int code;

		z->avail_in = (uInt)(left < MOST_INPUT_BYTES ? left : MOST_INPUT_BYTES);
		z->next_out = block;
		z->avail_out = BLOCK_BYTES;
		code = inflate(z, Z_NO_FLUSH);
		status = add_block(path, out, block, BLOCK_BYTES - z->avail_out, err);
		if (status)
			return status;
		if (code != Z_OK && code != Z_STREAM_END)
			return inflate_error(path, z, code, err);
		if (code == Z_OK)
			continue;
		left = (size_t)(end - z->next_in);
		if (!left)
			return CAS_OK;
		if (!is_gz(z->next_in, left))
			return cas_err_set(err, CAS_INPUT, "%s: byte %zu: %zu more bytes, expected the end after "
				"the compressed data", path, (size_t)(z->next_in - start), left);
		inflateReset(z);
	}
}

/* Replaces the compressed file in *buf by what it holds; empties it on failure. */
static cas_status unpack(const char *path, size_t max_bytes, struct cas_buf *buf, struct cas_err *err)
{
	struct cas_buf out;
	z_stream z = {0};
	void *block;
	cas_status status = cas_mem_new(&block, BLOCK_BYTES, 1, err);

	cas_buf_init(&out, max_bytes);
	if (!status && inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
		status = inflate_error(path, &z, Z_MEM_ERROR, err);
	if (!status)
		status = inflate_streams(path, buf, &z, block, &out, err);
	inflateEnd(&z);
	free(block);
	cas_buf_clear(buf);
	if (status)
		cas_buf_clear(&out);
	*buf = out;
	return status;
}

cas_status cas_file_read(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err)
{
	struct cas_buf buf;
	cas_status status;

	cas_buf_init(&buf, max_bytes);
	status = read_file(path, 0, &buf, err);
	*data = buf.data;
	*size_bytes = buf.size_bytes;
	return status;
}

cas_status cas_file_read_gz(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err)
{
	struct cas_buf buf;
	cas_status status;

	/* What cannot be compressed becomes a little longer. */
	cas_buf_init(&buf, max_bytes + max_bytes / 1000 + 4096);
	status = read_file(path, 1, &buf, err);
	if (!status && is_gz((const uint8_t *)buf.data, buf.size_bytes)) {
		status = unpack(path, max_bytes, &buf, err);
	} else if (!status && buf.size_bytes > max_bytes) {
		cas_buf_clear(&buf);
		status = cas_err_set(err, CAS_INPUT, "%s: longer than %zu bytes", path, max_bytes);
	}
	*data = buf.data;
	*size_bytes = buf.size_bytes;
	return status;
}
