using Lodestone.Linux.Files;

using Xunit;

namespace Lodestone.Linux.Tests.Files;

public sealed class FileLockTests
{
    [Fact]
    public void TryTake_Directory_IsOnesAtATimeAndNamesTheHolder()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-lock-").FullName;
        try
        {
            FileLock first = Assert.IsType<FileLock>(FileLock.TryTake(directory, out int? nobody));
            Assert.Null(nobody);

            Assert.Null(FileLock.TryTake(directory, out int? holder));
            Assert.Equal(Environment.ProcessId, holder);

            first.Dispose();
            using FileLock? again = FileLock.TryTake(directory, out _);
            Assert.NotNull(again);
        }
        finally
        {
            Directory.Delete(directory);
        }
    }

    [Fact]
    public void TryTake_NoSuchFile_SaysWhich() =>
        Assert.Contains("open '/nowhere/at/all'", Assert.Throws<LinuxException>(() => FileLock.TryTake("/nowhere/at/all", out _)).Message, StringComparison.Ordinal);
}
