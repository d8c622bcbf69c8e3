/* What of logging only C can write: a list of arguments has another type on each platform, so it never leaves this file.
 * The two functions of libavutil are declared here, as its log.h has them since 5.1, so that no header is needed. */
#include <stdarg.h>

void av_log_set_callback(void (*callback)(void *, int, const char *, va_list));
int av_log_format_line2(void *object, int level, const char *format, va_list arguments, char *line, int size,
                        int *print_prefix);

/* In log.rs. */
int emos_log_prefix(int level);
void emos_log_line(int level, const char *line, int print_prefix);

static void receive(void *object, int level, const char *format, va_list arguments) {
    char line[1024];
    int print_prefix = emos_log_prefix(level);
    if (print_prefix < 0) {
        return; /* nobody reads messages of this level */
    }
    line[0] = '\0';
    av_log_format_line2(object, level, format, arguments, line, sizeof line, &print_prefix);
    emos_log_line(level, line, print_prefix);
}

void emos_log_install(void) { av_log_set_callback(receive); }
