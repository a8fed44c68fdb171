namespace Lodestone.ApiServer.Tests;

internal static class ServerExtensions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until something holds, asking again after every write to the store.</summary>
    public static async Task UntilAsync(this LodestoneApiServer server, Func<Task<bool>> condition)
    {
        while (true)
        {
            long version = server.Store.ResourceVersion;
            if (await condition())
            {
                return;
            }

            bool hasChanged = await server.Store.WaitForAsync(version + 1, Patience, TestContext.Current.CancellationToken);
            Assert.True(hasChanged, $"nothing was written for {Patience.TotalSeconds} s, and what was waited for does not hold");
        }
    }
}
