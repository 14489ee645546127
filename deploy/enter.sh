# shellcheck shell=sh
# Turns the process that it is run in, the first of new pid, mount, uts, ipc, network and cgroup namespaces, into a host's init.
# $1: the root's folder, $2: the host's name, $3: 0, or the mebibytes of a file system for the engine's data alone.
set -eu
root=$1
hostname "$2"
mount --bind "$root" "$root"
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs sys
mount -t tmpfs -o mode=755,nosuid dev dev
mkdir dev/pts dev/shm
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# Settings of the kernel that no namespace has of its own are this machine's: what a package's script would write there is
# refused. A second /proc, which nothing looks at, stays whole: without one, containers with a user namespace may mount none.
mkdir -m 700 dev/.proc
mount -t proc -o nosuid,nodev,noexec proc dev/.proc
mount --bind proc/sys/net dev/shm
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --move dev/shm proc/sys/net
mount -t tmpfs -o mode=755,nosuid,nodev run run
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
  # Controllers are handed on by groups without processes only.
  mkdir sys/fs/cgroup/init.scope
  echo 1 >sys/fs/cgroup/init.scope/cgroup.procs
  sed 's/ / +/g; s/^/+/' sys/fs/cgroup/cgroup.controllers >sys/fs/cgroup/cgroup.subtree_control
else
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec cgroup sys/fs/cgroup # the engine's own script mounts each below it
fi
if [ "$3" -gt 0 ]; then
  mkdir -p var/lib/docker
  mount -t tmpfs -o "size=$3m,mode=711" small var/lib/docker
fi
mkdir .outside
pivot_root . .outside
# shellcheck disable=SC2016 # it is for the shell inside
exec chroot . /bin/sh -c '
  umount -l /.outside && rmdir /.outside
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CONSOLE=/dev/null /sbin/init' </dev/null
