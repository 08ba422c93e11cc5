#!/bin/sh
# The sandbox's tests on a stock Debian kernel with a pure cgroup v2 hierarchy, in qemu under software emulation: as root, as
# an ordinary user with a delegated cgroup, and as one without. Uses what `make test` has built; needs root only to install.
# VM_WHOM="root scope" picks whom, VM_FILTER which suites, VM_TIMEOUT how many seconds it all may take.
set -eu
sh scripts/install-packages.sh test-vm qemu-system-x86 busybox-static cpio e2fsprogs
tests=$(pwd)/.build/debug/belljarPackageTests.xctest
program=$(pwd)/.build/debug/belljar
[ -x "$tests" ] && [ -x "$program" ] || { echo "test-vm: run 'make test' first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kept=.build-vm
# Of the kernel's modules, those for overlays and for a disk with user attributes, in the order in which they need each other.
modules="overlay virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk"
modules="$modules crc16 crc32c_generic mbcache jbd2 ext4"
mkdir -p "$kept"
if [ "$(cat "$kept/whole" 2>/dev/null)" != "$modules" ]; then
  image=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends/ {print $2; exit}')
  echo "test-vm: fetching $image (not installed)"
  (cd "$work" && apt-get download -qq "$image" 2>/dev/null && dpkg -x linux-image-*.deb kernel)
  for module in $modules; do
    # Some are part of the kernel itself.
    find "$work/kernel" -name "$module.ko" -exec cp {} "$kept/" \;
  done
  cp "$work"/kernel/boot/vmlinuz-* "$kept/vmlinuz"
  echo "$modules" > "$kept/whole"
fi

# A root of what the tests run, with the libraries that each needs.
root=$work/image/r
mkdir -p "$root/usr/bin" "$root/usr/lib64" "$root/usr/lib" "$root/usr/sbin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" \
  "$root/etc" "$root/root" "$root/home" "$root/run" "$root/opt" "$root/var/lib" "$root/mnt" "$root/belljar"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
echo "root:x:0:0:root:/root:/bin/sh" > "$root/etc/passwd"
with_libraries() {
  for file; do
    ldd "$file" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
      mkdir -p "$root$(dirname "$library")"
      cp -nL "$library" "$root$library"
    done
  done
}
for name in sh dash bash perl dd seq nproc taskset id ls cat sleep yes tail head wc mkdir rm rmdir ln chmod touch env true false \
  unshare setsid timeout grep sed mount kill stat sort tr cut uname readlink find xargs mv cp tee stty chown setpriv python3 getconf ip sync df uniq; do
  for folder in /usr/bin /usr/sbin; do
    [ -x "$folder/$name" ] || continue
    cp -nL "$folder/$name" "$root/usr/bin/$name"
    with_libraries "$folder/$name"
  done
done
if [ -e "$root/usr/bin/python3" ]; then
  mkdir -p "$root/usr/lib/python3"
  version=$(/usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  cp -r "/usr/lib/$version" "$root/usr/lib/"
  find "$root/usr/lib/$version" -name test -o -name __pycache__ -o -name idlelib -o -name 'config-*' | xargs rm -rf
  with_libraries "$root/usr/lib/$version"/lib-dynload/*.so
fi
mkdir -p "$root/usr/lib/x86_64-linux-gnu"
cp -r /usr/lib/x86_64-linux-gnu/perl-base "$root/usr/lib/x86_64-linux-gnu/" 2>/dev/null || true
cp -L "$tests" "$root/belljar/tests"
cp -L "$program" "$root/belljar/belljar"
with_libraries "$tests" "$program"
# The hostile programs, compiled here, with their table where the tests look for it.
mkdir -p "$root/belljar/hostile" "$root$(pwd)/fixtures" "$root$(pwd)/Tests" "$root/var/lib/dpkg"
cp -r fixtures/hostile "$root$(pwd)/fixtures/"
cp -r Tests/HostileTests "$root$(pwd)/Tests/"
cp /var/lib/dpkg/status "$root/var/lib/dpkg/"
cp fixtures/hostile/*.sh "$root/belljar/hostile/"
for each in fixtures/hostile/*.c; do
  cc -std=gnu11 -D_GNU_SOURCE -O1 -pthread -o "$root/belljar/hostile/$(basename "$each" .c)" "$each"
done
chmod -R a+rX "$root/belljar/hostile" "$root$(pwd)"
chmod a+x "$root"/belljar/hostile/*.sh
with_libraries "$root/belljar/hostile"/[a-z]*
cp /bin/busybox "$root/usr/bin/busybox"
cp "$kept"/*.ko "$root/belljar/"
echo "$modules" > "$root/belljar/modules"
cat > "$root/belljar/init" <<'INIT'
#!/bin/busybox sh
export PATH=/usr/bin:/bin HOME=/root SWIFT_BACKTRACE=enable=no BELLJAR_SLOWNESS=8
export BELLJAR_HOSTILE_PROGRAMS=/belljar/hostile
FILTER=$(busybox cat /belljar/filter)
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox mkdir -p /dev/pts
busybox mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
busybox mount -t cgroup2 cgroup2 /sys/fs/cgroup
for module in $(busybox cat /belljar/modules); do
  [ ! -e "/belljar/$module.ko" ] || busybox insmod "/belljar/$module.ko" || echo "no module $module"
done
# A tmpfs of this kernel has no user attributes, which layers need.
busybox mount -t ext4 /dev/vda /mnt
for folder in tmp home root; do
  mkdir -p "/mnt/$folder"
  busybox mount -o bind "/mnt/$folder" "/$folder"
done
chmod 1777 /tmp
busybox ip link set lo up
busybox ln -s /proc/self/fd /dev/fd
echo "== kernel $(busybox uname -r), $(nproc) cores"
# As systemd leaves it: controllers handed down from the root, each session in a cgroup below, a scope of its own for each command
# of a user: who is alone there may divide it.
cgroup() { mkdir -p "/sys/fs/cgroup/$1"; }
echo "+memory +pids +cpu" > /sys/fs/cgroup/cgroup.subtree_control
cgroup slice
echo "+memory +pids" > /sys/fs/cgroup/slice/cgroup.subtree_control
cgroup slice/session
cgroup plain
scopes=0
scope() {
  scopes=$((scopes + 1))
  cgroup "scope-$scopes"
  busybox chown -R 12345:12345 "/sys/fs/cgroup/scope-$scopes"
}
mkdir -p /home/user/tmp
busybox chown -R 12345:12345 /home/user
# run TITLE CGROUP COMMAND...: in a shell of its own, which execs, so that the command is alone in its cgroup. A `scope` is a new one.
once() {
  group=$1
  shift
  if [ "$group" = scope ]; then
    scope
    group=scope-$scopes
  fi
  busybox sh -c 'echo $$ > "/sys/fs/cgroup/$0/cgroup.procs" && exec "$@"' "$group" "$@"
}
run() {
  title=$1
  shift
  echo "== $title"
  if once "$@"; then
    echo "PASSED: $title"
  elif [ -e /belljar/again ] && echo "== $title, again" && once "$@"; then
    echo "UNSTEADY: $title"
  else
    echo "FAILED: $title"
  fi
}
ordinary="/usr/bin/setpriv --reuid 12345 --regid 12345 --clear-groups env HOME=/home/user TMPDIR=/home/user/tmp"
# tests WHOM CGROUP [COMMAND...]: what waits for time beside others by itself, as `make test` does.
tests() {
  whom=$1 where=$2
  shift 2
  run "tests $whom" "$where" "$@" /belljar/tests --testing-library swift-testing --filter "$FILTER" --skip RestTests
  case $FILTER in *SandboxTests*)
    run "rest $whom" "$where" "$@" /belljar/tests --testing-library swift-testing --filter RestTests ;;
  esac
}
for whom in $(busybox cat /belljar/whom); do
  case $whom in
    root)
      run "doctor as root" slice/session /belljar/belljar doctor
      tests "as root, cgroup v2" slice/session ;;
    scope)
      run "doctor as a user in a scope of its own" scope $ordinary /belljar/belljar doctor
      tests "as a user in a scope of its own, cgroup v2" scope $ordinary ;;
    plain)
      run "doctor as a user without a cgroup" plain $ordinary /belljar/belljar doctor
      # Looking at every process now and then takes most of an emulated processor while there are a thousand.
      tests "as a user without a cgroup, polled" plain $ordinary env BELLJAR_SLOWNESS=30 ;;
    *) echo "FAILED: nobody is called $whom: root, scope or plain" ;;
  esac
done
# A user's leaf goes with the scope.
for scope in /sys/fs/cgroup/scope-*; do
  for leaf in "$scope"/*/; do busybox rmdir "$leaf" 2>/dev/null; done
  busybox rmdir "$scope" 2>/dev/null
done
echo "== left over: $(busybox find /sys/fs/cgroup -name 'belljar-*' | busybox wc -l) cgroup folders"
echo "== end"
busybox poweroff -f
INIT
chmod 755 "$root/belljar/init"
# Under emulation everything takes ten times as long: CI runs the suites that hold no budgets of time.
echo "${VM_FILTER:-SandboxTests|HostileTests}" > "$root/belljar/filter"
echo "${VM_WHOM:-root scope plain}" > "$root/belljar/whom"
cp /bin/busybox "$work/image/busybox"
cat > "$work/image/init" <<'INIT'
#!/busybox sh
# Out of the initramfs, which can't be pivoted away from, into a tmpfs as root.
/busybox mkdir /new
/busybox mount -t tmpfs -o size=80%,mode=755 root /new
/busybox mv /r/* /new/
exec /busybox switch_root /new /belljar/init
INIT
chmod 755 "$work/image/init"
(cd "$work/image" && find . | cpio -o -H newc --quiet > "$work/initramfs")
[ -z "${BELLJAR_AGAIN:-}" ] || touch "$root/belljar/again"
truncate -s 4G "$work/disk"
/usr/sbin/mke2fs -q -t ext4 "$work/disk"
accelerate="-accel tcg,thread=multi -cpu max"
[ "${VM_ACCEL:-tcg}" = kvm ] && accelerate="-accel kvm -cpu host,-arch-capabilities"
echo "test-vm: booting ($accelerate), $(du -m "$work/initramfs" | cut -f1) MB of root"
timeout "${VM_TIMEOUT:-3600}" qemu-system-x86_64 $accelerate -smp 2 -m 3072 -nographic -no-reboot -nic none \
  -drive "file=$work/disk,if=virtio,format=raw,cache=unsafe" \
  -kernel "$kept/vmlinuz" -initrd "$work/initramfs" -append "console=ttyS0 quiet panic=-1 rdinit=/init" \
  < /dev/null > "$work/log" 2>&1 || true
tr -d '\r' < "$work/log" > "$kept/log"
grep -aE '^(==|PASSED|UNSTEADY|FAILED)|recorded an issue|Test run with| skipped|^(limits|sealed|denied|overlay) ' "$kept/log" | cut -c1-300 | head -80 || true
if grep -aq '^FAILED' "$kept/log" || ! grep -aq '^== end' "$kept/log"; then
  echo "test-vm: failed; the whole log is in $kept/log" >&2
  tail -5 "$kept/log" >&2
  exit 1
fi
