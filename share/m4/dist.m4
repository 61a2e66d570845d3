# AISLE_REPRODUCIBLE_TAR
# Two runs of `make dist` on one commit give the same bytes: names sorted, owner 0, modes without
# the umask, and every time equal to $SOURCE_DATE_EPOCH, else to the last commit, else (in an
# unpacked archive, where there is no git) to the time of configure.ac, which is that commit's.
# Needs GNU tar, which Automake's own rule is too modest to ask for.
AC_DEFUN([AISLE_REPRODUCIBLE_TAR], [
am__tar='$${TAR-tar} --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mode=u+w,go=u,go-w --mtime=@$$(sh $(top_srcdir)/share/build-aux/source-date) -chf - "$$tardir"'
])

# AISLE_SUMMARY
# What configure decided, on one screen.
AC_DEFUN([AISLE_SUMMARY], [
AC_MSG_NOTICE([
    compiler      $CC $CFLAGS $OPTIMIZE_CFLAGS
    sanitizers    $enable_sanitizers
    fuzzing       $enable_fuzzing
    coverage      $enable_coverage
    unit tests    $aisle_have_CMOCKA
    terminal tests $aisle_have_VTERM
    libcurl       $aisle_have_CURL])
])
