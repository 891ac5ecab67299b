/* The reading half of io/outfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "io/outfile.h"

enum { BLOCK_BYTES = 1 << 18 };

/* A plain or a compressed file behind one read call. */
struct source {
	const char *path;
	int fd;
	gzFile gz; /* NULL: read fd */
};

static cas_status open_source(struct source *from, const char *path, int gz, struct cas_err *err)
{
	struct stat info;

	*from = (struct source){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (from->fd < 0)
		return cas_err_set(err, CAS_INPUT, "%s: cannot open: %s", path, strerror(errno));
	if (!fstat(from->fd, &info) && S_ISDIR(info.st_mode)) {
		close(from->fd);
		return cas_err_set(err, CAS_INPUT, "%s: is a folder, expected a file", path);
	}
	if (!gz)
		return CAS_OK;
	from->gz = gzdopen(from->fd, "rb");
	if (!from->gz) {
		close(from->fd);
		return cas_err_set(err, CAS_ENV, "%s: out of memory for decompression", path);
	}
	return CAS_OK;
}

static cas_status gz_error(const struct source *from, struct cas_err *err)
{
	int code, failed = errno;
	const char *text = gzerror(from->gz, &code), *behind = strstr(text, ">: "); /* "<fd:3>: ..." */

	if (code == Z_ERRNO)
		return cas_err_set(err, CAS_ENV, "%s: cannot read: %s", from->path, strerror(failed));
	if (code == Z_BUF_ERROR)
		return cas_err_set(err, CAS_INPUT, "%s: compressed data is truncated", from->path);
	if (code != Z_OK)
		return cas_err_set(err, CAS_INPUT, "%s: compressed data is damaged: %s", from->path,
			behind ? behind + 3 : text);
	return CAS_OK;
}

/* *got == 0: the end. */
static cas_status read_block(struct source *from, void *block, size_t *got, struct cas_err *err)
{
	ssize_t n;

	*got = 0;
	if (from->gz) {
		n = gzread(from->gz, block, BLOCK_BYTES);
		if (n <= 0) /* zlib reports a truncated stream only after the data it could give */
			return gz_error(from, err);
	} else {
		do
			n = read(from->fd, block, BLOCK_BYTES);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return cas_err_set(err, CAS_ENV, "%s: cannot read: %s", from->path, strerror(errno));
	}
	*got = (size_t)n;
	return CAS_OK;
}

static cas_status read_all(struct source *from, struct cas_buf *buf, struct cas_err *err)
{
	void *block;
	size_t got;
	cas_status status = cas_mem_new(&block, BLOCK_BYTES, 1, err);

	if (status)
		return status;
	cas_buf_add(buf, "", 0); /* an empty file too gives a pointer and a NUL */
	while (!(status = read_block(from, block, &got, err)) && got) {
		if (got > buf->max_bytes - buf->size_bytes) {
			status = cas_err_set(err, CAS_INPUT, "%s: longer than %zu bytes", from->path,
				buf->max_bytes);
			break;
		}
		cas_buf_add(buf, block, got);
		if (buf->failed)
			break;
	}
	free(block);
	if (!status && buf->failed)
		status = cas_err_set(err, CAS_ENV, "%s: out of memory after %zu bytes", from->path,
			buf->size_bytes);
	return status;
}

static cas_status read_file(const char *path, int gz, size_t max_bytes, char **data,
	size_t *size_bytes, struct cas_err *err)
{
	struct source from;
	struct cas_buf buf;
	cas_status status;

	*data = NULL;
	*size_bytes = 0;
	status = open_source(&from, path, gz, err);
	if (status)
		return status;
	cas_buf_init(&buf, max_bytes);
	status = read_all(&from, &buf, err);
	if (gz)
		gzclose(from.gz);
	else
		close(from.fd);
	if (status) {
		cas_buf_clear(&buf);
		return status;
	}
	*data = buf.data;
	*size_bytes = buf.size_bytes;
	return CAS_OK;
}

cas_status cas_file_read(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err)
{
	return read_file(path, 0, max_bytes, data, size_bytes, err);
}

cas_status cas_file_read_gz(const char *path, size_t max_bytes, char **data, size_t *size_bytes,
	struct cas_err *err)
{
	return read_file(path, 1, max_bytes, data, size_bytes, err);
}
