using Lodestone.Agent.Kernel;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

public sealed class FlowHashKeyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-key").FullName;

    private string Key => Path.Combine(_directory, "sub", "flow-hash.key");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void LoadOrCreate_NoFile_MakesOneThatOnlyItsOwnerReads()
    {
        Datapath.Hashing.FlowSeed first = FlowHashKey.LoadOrCreate(Key);

        Assert.Equal(first, FlowHashKey.LoadOrCreate(Key));
        Assert.Equal(64, File.ReadAllText(Key).Trim().Length);
        Assert.Equal([Key], Directory.GetFiles(Path.GetDirectoryName(Key)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        }
    }

    [Fact]
    public void LoadOrCreate_TwoKeys_GiveDifferentSeeds() =>
        Assert.NotEqual(FlowHashKey.LoadOrCreate(Path.Combine(_directory, "a")), FlowHashKey.LoadOrCreate(Path.Combine(_directory, "b")));

    [Theory]
    [InlineData("not hexadecimal", "is not hexadecimal")]
    [InlineData("00112233", "has 4 bytes, not 32")]
    public void LoadOrCreate_BadFile_SaysWhatIsWrong(string content, string message)
    {
        string path = Path.Combine(_directory, "bad");
        File.WriteAllText(path, content);

        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => FlowHashKey.LoadOrCreate(path));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
