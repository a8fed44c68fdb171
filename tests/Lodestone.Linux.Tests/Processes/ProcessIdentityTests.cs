using System.Diagnostics;
using System.Globalization;
using Lodestone.Linux.Processes;
using Xunit;

namespace Lodestone.Linux.Tests.Processes;

public sealed class ProcessIdentityTests
{
    /// <summary>So it is with a daemon where the machine's first process looks after what ended only now and then.</summary>
    [Fact]
    public async Task KillAsync_ParentThatNeverLooks_IsNotWaitedFor()
    {
        using Process parent = Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            string line = (await parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            int id = int.Parse(line, CultureInfo.InvariantCulture);
            ProcessIdentity child = ProcessIdentity.Find(id)!.Value;
            Assert.True(child.IsAlive);

            await child.KillAsync().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

            Assert.False(child.IsAlive);
            Assert.True(Directory.Exists($"/proc/{id}"));
        }
        finally
        {
            parent.Kill();
        }
    }
}
