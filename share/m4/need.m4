# Libraries: what aisle needs, what it can do without, and one message for all that is missing.

# _AISLE_FIND(VARIABLE, PKG-CONFIG SPEC, FALLBACK LIBS, INCLUDES, BODY, IF FOUND, IF NOT)
# Sets VARIABLE_CFLAGS and VARIABLE_LIBS from the user, else from pkg-config, else to the
# fallback, and believes them only when a program with INCLUDES and BODY compiles and links.
AC_DEFUN([_AISLE_FIND], [
AC_ARG_VAR([$1_CFLAGS], [C compiler flags for $1, overriding pkg-config])
AC_ARG_VAR([$1_LIBS], [linker flags for $1, overriding pkg-config])
AC_MSG_CHECKING([for $2])
AS_IF([test "${$1_CFLAGS+given}${$1_LIBS+given}" = ""],
      [AS_IF([test -n "$PKG_CONFIG" && $PKG_CONFIG --exists "$2" 2>/dev/null],
             [$1_CFLAGS=`$PKG_CONFIG --cflags "$2"`
              $1_LIBS=`$PKG_CONFIG --libs "$2"`],
             [$1_CFLAGS=
              $1_LIBS="$3"])])
# The level of POSIX is ours to choose (ncursesw.pc asks for an older one).
$1_CFLAGS=`AS_ECHO(["$$1_CFLAGS"]) | $SED 's/-D_XOPEN_SOURCE=[[0-9]]*//; s/-D_DEFAULT_SOURCE//'`
aisle_saved_CPPFLAGS=$CPPFLAGS
aisle_saved_LIBS=$LIBS
CPPFLAGS="$CPPFLAGS $BASE_CPPFLAGS $$1_CFLAGS"
LIBS="$$1_LIBS $LIBS"
AC_LINK_IFELSE([AC_LANG_PROGRAM([$4], [$5])],
               [aisle_found=yes], [aisle_found=no])
CPPFLAGS=$aisle_saved_CPPFLAGS
LIBS=$aisle_saved_LIBS
AC_MSG_RESULT([$aisle_found])
AS_IF([test "$aisle_found" = yes], [$6], [$7])
])

# AISLE_NEED(VARIABLE, PKG-CONFIG SPEC, FALLBACK LIBS, DEBIAN PACKAGE, INCLUDES, BODY)
AC_DEFUN([AISLE_NEED], [
_AISLE_FIND([$1], [$2], [$3], [$5], [$6],
            [],
            [aisle_missing="$aisle_missing
    $2"
             aisle_missing_packages="$aisle_missing_packages $4"])
])

# AISLE_WANT(VARIABLE, PKG-CONFIG SPEC, FALLBACK LIBS, DEBIAN PACKAGE, WHAT FOR, INCLUDES, BODY)
# Defines HAVE_VARIABLE for C and for automake where the library is there.
AC_DEFUN([AISLE_WANT], [
_AISLE_FIND([$1], [$2], [$3], [$6], [$7],
            [AC_DEFINE([HAVE_$1], [1], [Define to 1 if $2 is there])
             aisle_have_$1=yes],
            [AC_MSG_NOTICE([no $2 (Debian: $4): this build goes without $5])
             $1_CFLAGS= $1_LIBS=
             aisle_have_$1=no])
AM_CONDITIONAL([HAVE_$1], [test "$aisle_have_$1" = yes])
])

# AISLE_STOP_IF_MISSING
# One message for everything that AISLE_NEED did not find.
AC_DEFUN([AISLE_STOP_IF_MISSING], [
AS_IF([test -n "$aisle_missing"],
      [AC_MSG_ERROR([these libraries are missing or too old:
$aisle_missing

On Debian or Ubuntu this installs them:

    apt-get install$aisle_missing_packages

(or let share/setup do all of it). config.log says what was tried.])])
])
