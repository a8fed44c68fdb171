using Lodestone.Linux.Kernel;

using Xunit;

namespace Lodestone.Linux.Tests.Kernel;

public class KernelTests
{
    [Theory]
    [InlineData("6.18.4-arch1-1\n", 6, 18, 4)]
    [InlineData("6.1.0-13-amd64", 6, 1, 0)]
    [InlineData("6.19-rc1", 6, 19, 0)]
    [InlineData("5.15.167.4-microsoft-standard", 5, 15, 167)]
    public void Parse_Release_TakesTheNumbers(string text, int major, int minor, int patch) =>
        Assert.Equal(new KernelRelease(major, minor, patch), KernelRelease.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("6")]
    [InlineData("6.")]
    public void TryParse_NoRelease_IsFalse(string text) => Assert.False(KernelRelease.TryParse(text, out _));

    [Fact]
    public void CompareTo_Releases_OrdersByNumberNotByText()
    {
        Assert.True(new KernelRelease(6, 9) < new KernelRelease(6, 18));
        Assert.True(KernelRelease.Current >= new KernelRelease(6, 1));
    }

    [Fact]
    public void Parse_Status_ReadsTheEffectiveSet()
    {
        var capabilities = Capabilities.Parse(["Name:\tx", "CapPrm:\tffffffffffffffff", "CapEff:\t0000000000001000"]);

        Assert.True(capabilities.Has(Capability.NetAdmin));
        Assert.False(capabilities.Has(Capability.Bpf));
    }

    [Fact]
    public void ReadEffective_Root_HasWhatTheAgentNeeds()
    {
        var capabilities = Capabilities.ReadEffective();

        Assert.True(capabilities.Has(Capability.NetAdmin) && capabilities.Has(Capability.NetRaw));
    }

    [Fact]
    public void MountInMemory_EmptyDirectory_HoldsSoMuchUntilUnmounted()
    {
        string path = Directory.CreateTempSubdirectory("lodestone-tmpfs-").FullName;
        string file = Path.Combine(path, "file");
        try
        {
            TemporaryFileSystem.Unmount(path);
            TemporaryFileSystem.Mount(path, 1 << 20);
            File.WriteAllBytes(file, new byte[1 << 19]);
            IOException full = Assert.Throws<IOException>(() => File.WriteAllBytes(file + "-2", new byte[1 << 20]));
            Assert.Contains("No space left", full.Message, StringComparison.Ordinal);

            TemporaryFileSystem.Unmount(path);
            Assert.False(File.Exists(file));
            TemporaryFileSystem.Unmount(path);
        }
        finally
        {
            TemporaryFileSystem.Unmount(path);
            Directory.Delete(path);
        }
    }

    [Fact]
    public void Mount_EmptyDirectory_IsABpfFileSystemUntilUnmounted()
    {
        string path = Directory.CreateTempSubdirectory("lodestone-bpffs-").FullName;
        try
        {
            Assert.False(BpfFileSystem.IsMountedAt(path));

            BpfFileSystem.Mount(path);
            BpfFileSystem.Mount(path);
            Assert.True(BpfFileSystem.IsMountedAt(path));

            BpfFileSystem.Unmount(path);
            Assert.False(BpfFileSystem.IsMountedAt(path));
        }
        finally
        {
            BpfFileSystem.Unmount(path);
            Directory.Delete(path);
        }
    }
}
