# vipdrill: one non-recursive makefile. `make help` lists what it can do.
#
# A folder is a part: every .c in it belongs to it; x_test.c beside x.c is a test program.
# Objects of one variant live in build/VARIANT; the programs people use are in build/bin.

VARIANT ?= release
B       := build/$(VARIANT)
CC      ?= gcc
PKGS    := libnl-3.0 libnl-route-3.0 libnl-genl-3.0 libevent libcap openssl jansson libnftables
PKG_CONFIG ?= pkg-config

CPPFLAGS += -D_GNU_SOURCE -I. -MMD -MP
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wswitch-enum -Wformat=2 -Werror
HARDEN   := -fstack-protector-strong -fPIE -fcf-protection
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LDLIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

ifeq ($(VARIANT),release)
HARDEN += -D_FORTIFY_SOURCE=2
endif
ifeq ($(VARIANT),asan)
CFLAGS := -O1 -g -fno-omit-frame-pointer
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif
ifeq ($(VARIANT),cover)
CFLAGS := -O0 -g --coverage
SAN    := --coverage
endif

# V=1 shows the commands
Q   := $(if $(V),,@)
say  = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '  %-5s %s\n' '$(1)' '$(2)')

ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN) $(HARDEN) $(SAN) $(PKG_CFLAGS)

part_src   = $(filter-out %_test.c,$(wildcard $(1:%=%/*.c)))
part_test  = $(wildcard $(1:%=%/*_test.c))
objs       = $(1:%.c=$B/%.o)

LIB_DIRS     := lib/base lib/conf lib/wire lib/nl lib/ipvs
DAEMON_DIRS  := daemon/conf daemon/vrrp daemon/track daemon/check daemon/lvs daemon/notify daemon/control
SIM_DIRS     := daemon/sim
HARNESS_DIRS := netns harness harness/scenario harness/run harness/judge harness/differ reports

LIB_SRC      := $(call part_src,$(LIB_DIRS))
DAEMON_SRC   := $(call part_src,$(DAEMON_DIRS))
SIM_SRC      := $(call part_src,$(SIM_DIRS))
HARNESS_SRC  := $(filter-out harness/main.c,$(call part_src,$(HARNESS_DIRS)))
LIB_TESTS    := $(call part_test,$(LIB_DIRS))
DAEMON_TESTS := $(call part_test,$(DAEMON_DIRS) $(SIM_DIRS))
HARNESS_TESTS:= $(call part_test,$(HARNESS_DIRS))
TEST_SRC     := $(LIB_TESTS) $(DAEMON_TESTS) $(HARNESS_TESTS)
TESTS        := $(TEST_SRC:%.c=$B/%)
MAINS        := $(wildcard daemon/main.c harness/main.c)

PROGRAMS := $(if $(wildcard daemon/main.c),$B/vipd) $(if $(wildcard harness/main.c),$B/vipdrill) \
            $(if $(wildcard daemon/sim/main.c),$B/vipd-sim) $B/vipctl

.PHONY: all check lint lab-kernel scenarios sim fuzz bench cover install deb goldens help clean tests
.SECONDARY:

all: $(PROGRAMS) ## build vipd and vipdrill into build/bin
ifeq ($(VARIANT),release)
	@mkdir -p build/bin
	@for p in $(notdir $(PROGRAMS)); do ln -sfn ../release/$$p build/bin/$$p; done
endif

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$Q$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c $< -o $@

define archive
$B/$(1).a: $(call objs,$(2))
	@mkdir -p $$(@D); rm -f $$@
	@$(AR) rcs $$@ $$^
endef
$(eval $(call archive,lib,$(LIB_SRC)))
$(eval $(call archive,daemon,$(DAEMON_SRC)))
$(eval $(call archive,sim,$(filter-out daemon/sim/main.c,$(SIM_SRC))))
$(eval $(call archive,harness,$(HARNESS_SRC)))

define LINK
$(call say,LINK,$@)
$Q$(CC) $(ALL_CFLAGS) $(LDHARDEN) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS) $(LINK_MORE)
endef

$B/vipd: $B/daemon/main.o $B/daemon.a $B/lib.a
	$(LINK)
$B/vipctl: $B/daemon/vipctl.o $B/daemon.a $B/lib.a
	$(LINK)
$B/vipd-sim: $B/daemon/sim/main.o $B/sim.a $B/daemon.a $B/lib.a
	$(LINK)
$B/vipdrill: $B/harness/main.o $B/harness.a $B/lib.a
	$(LINK)

$(TESTS): LINK_MORE := -lcmocka
$(LIB_TESTS:%.c=$B/%): $B/%: $B/%.o $B/lib.a
	$(LINK)
$(DAEMON_TESTS:%.c=$B/%): $B/%: $B/%.o $B/sim.a $B/daemon.a $B/lib.a
	$(LINK)
$(HARNESS_TESTS:%.c=$B/%): $B/%: $B/%.o $B/harness.a $B/lib.a
	$(LINK)

$B/tools/manual: $B/tools/manual.o $B/daemon.a $B/lib.a
	$(LINK)
$B/tools/keywords: $B/tools/keywords.o $B/daemon.a $B/lib.a
	$(LINK)

$B/tools/bench/%: $B/tools/bench/%.o $B/lib.a
	$(LINK)

tests: $(PROGRAMS) $(TESTS)

check: all ## unit tests, transcripts, goldens, 1,000 simulated seeds (ASan and UBSan)
	@tools/check

lint: all ## formatting, static analysis, the house's rules, purity
	@tools/lint

lab-kernel: ## build the lab kernel into the cache
	@netns/kernel/build

scenarios: all lab-kernel ## every scenario with each of its directors
	@tools/test-all scenarios

SEEDS ?= 1..100000
sim: all ## simulate the VRRP core: make sim SEEDS=1..1000000
	@$B/vipd-sim --seeds $(SEEDS)

T ?= 60
fuzz: ## fuzz each parser for T seconds: make fuzz T=600
	@tools/fuzz/run $(T)

bench: all lab-kernel ## figures as lines `bench NAME VALUE UNIT`
	@tools/bench/run

cover: ## line and branch coverage of make check
	@tools/cover

goldens: ## rewrite the expected outputs; read the diff before you commit it
	@GOLDENS=rewrite tools/check

PREFIX ?= /usr/local
D = $(DESTDIR)$(PREFIX)
UNITDIR ?= $(PREFIX)/lib/systemd/system
install: all $B/man/vipd.8 $B/man/vipd.conf.5 ## install to DESTDIR/PREFIX
	install -d $D/sbin $D/bin $D/share/doc/vipdrill $(addprefix $D/share/man/man,1 5 8) \
	    $D/share/bash-completion/completions $(DESTDIR)$(UNITDIR)
	install -m 755 $B/vipd $D/sbin/vipd
	install -m 755 $B/vipctl $B/vipdrill $D/bin/
	install -m 644 README.md LICENSE docs/*.md $D/share/doc/vipdrill
	install -m 644 dist/man/vipctl.1 dist/man/vipdrill.1 $D/share/man/man1/
	install -m 644 $B/man/vipd.conf.5 $D/share/man/man5/
	install -m 644 $B/man/vipd.8 $D/share/man/man8/
	install -m 644 dist/completion.bash $D/share/bash-completion/completions/vipctl
	ln -sf vipctl $D/share/bash-completion/completions/vipd
	ln -sf vipctl $D/share/bash-completion/completions/vipdrill
	sed 's|@SBIN@|$(PREFIX)/sbin|; s|@BIN@|$(PREFIX)/bin|' dist/vipd.service >$(DESTDIR)$(UNITDIR)/vipd.service
	chmod 644 $(DESTDIR)$(UNITDIR)/vipd.service

$B/man/vipd.8: dist/man/vipd.8.in $B/tools/manual
	@mkdir -p $(@D)
	$Q$B/tools/manual vipd.8 $< >$@
$B/man/vipd.conf.5: $B/tools/manual
	@mkdir -p $(@D)
	$Q$B/tools/manual vipd.conf.5 >$@

deb: all ## build a Debian package in build/
	@dist/deb

clean: ## remove everything that was built
	rm -rf build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(shell find $B -name '*.d' 2>/dev/null)
