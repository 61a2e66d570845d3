# Compiler flags. Ours go in AM_CPPFLAGS, AM_CFLAGS and AM_LDFLAGS; CPPFLAGS, CFLAGS and LDFLAGS
# belong to the user and come after ours.

# AISLE_BASE_FLAGS
# The language, and what of the system's headers is visible.
AC_DEFUN([AISLE_BASE_FLAGS], [
BASE_CPPFLAGS="-D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE"
BASE_CFLAGS="-std=c11 -pthread"
AC_SUBST([BASE_CPPFLAGS])
AC_SUBST([BASE_CFLAGS])
])

# AISLE_TRY_CFLAGS(VARIABLE, FLAG...)
# Appends to VARIABLE each flag that the compiler takes without complaint.
AC_DEFUN([AISLE_TRY_CFLAGS], [
for aisle_flag in $2; do
    AC_MSG_CHECKING([whether $CC takes $aisle_flag])
    aisle_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $aisle_flag"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
                      [AC_MSG_RESULT([yes])
                       $1="$$1 $aisle_flag"],
                      [AC_MSG_RESULT([no])])
    CFLAGS=$aisle_saved_CFLAGS
done
])

# AISLE_WARNINGS
# -Wimplicit-fallthrough is left to -Wextra: by itself clang's flags the macros of uthash.
AC_DEFUN([AISLE_WARNINGS], [
WARN_CFLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion"
AISLE_TRY_CFLAGS([WARN_CFLAGS],
                 [-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
                  -Wformat=2 -Wundef -Wwrite-strings -Wcast-align -Wpointer-arith \
                  -Wnull-dereference -Wduplicated-cond -Wlogical-op -Wno-sign-conversion])
AC_SUBST([WARN_CFLAGS])
])

# AISLE_SWITCHES
# --enable-werror, --enable-sanitizers, --enable-fuzzing, --enable-coverage
AC_DEFUN([AISLE_SWITCHES], [
AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [treat every warning as an error])],
  [], [enable_werror=no])
AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])

SWITCH_CFLAGS=
SWITCH_LDFLAGS=

AC_ARG_ENABLE([sanitizers],
  [AS_HELP_STRING([--enable-sanitizers=LIST],
                  [build with sanitizers: address,undefined or thread])],
  [], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers],
  [yes], [enable_sanitizers=address,undefined])
AS_IF([test "$enable_sanitizers" != no],
      [AISLE_LINKS_WITH([-fsanitize=$enable_sanitizers],
         [AC_MSG_ERROR([$CC cannot build with -fsanitize=$enable_sanitizers; see config.log])])
       SWITCH_CFLAGS="$SWITCH_CFLAGS -fsanitize=$enable_sanitizers -fno-omit-frame-pointer"
       SWITCH_LDFLAGS="$SWITCH_LDFLAGS -fsanitize=$enable_sanitizers"])
AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" != no])
AC_SUBST([SANITIZERS], [$enable_sanitizers])

AC_ARG_ENABLE([fuzzing],
  [AS_HELP_STRING([--enable-fuzzing], [build the libFuzzer targets (needs clang)])],
  [], [enable_fuzzing=no])
FUZZER_LIBS=
AS_IF([test "$enable_fuzzing" = yes],
      [AISLE_LINKS_WITH([-fsanitize=fuzzer-no-link],
         [AC_MSG_ERROR([--enable-fuzzing needs clang: configure with CC=clang])])
       SWITCH_CFLAGS="$SWITCH_CFLAGS -fsanitize=fuzzer-no-link"
       SWITCH_LDFLAGS="$SWITCH_LDFLAGS -fsanitize=fuzzer-no-link"
       FUZZER_LIBS=-fsanitize=fuzzer])
AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" = yes])
AC_SUBST([FUZZER_LIBS])

AC_ARG_ENABLE([coverage],
  [AS_HELP_STRING([--enable-coverage], [count which lines the tests run (gcov)])],
  [], [enable_coverage=no])
AS_IF([test "$enable_coverage" = yes],
      [AISLE_LINKS_WITH([--coverage],
         [AC_MSG_ERROR([$CC cannot build with --coverage; see config.log])])
       SWITCH_CFLAGS="$SWITCH_CFLAGS --coverage -O0"
       SWITCH_LDFLAGS="$SWITCH_LDFLAGS --coverage"
       OPTIMIZE_CFLAGS= KERNEL_CFLAGS=])

AC_SUBST([SWITCH_CFLAGS])
AC_SUBST([SWITCH_LDFLAGS])
])

# AISLE_LINKS_WITH(FLAG, IF NOT)
AC_DEFUN([AISLE_LINKS_WITH], [
AC_MSG_CHECKING([whether $CC links with $1])
aisle_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [aisle_links=yes], [aisle_links=no])
CFLAGS=$aisle_saved_CFLAGS
AC_MSG_RESULT([$aisle_links])
AS_IF([test "$aisle_links" = no], [$2])
])
