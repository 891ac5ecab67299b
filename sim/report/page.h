/* Beginning and end of a page that loads nothing from elsewhere. */
#ifndef CAS_REPORT_PAGE_H
#define CAS_REPORT_PAGE_H

#include "base/mem.h"

/* `title` is also the first heading; text, not markup. */
void cas_page_open(struct cas_buf *out, const char *title);
void cas_page_close(struct cas_buf *out);

#endif
