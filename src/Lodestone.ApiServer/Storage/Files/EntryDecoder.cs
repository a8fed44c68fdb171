using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Decodes what a store's files hold on all processors, and hands it on in order.</summary>
internal static class EntryDecoder
{
    /// <summary>Decodes all blocks that hold entries; the other ones come with none.</summary>
    /// <param name="blocks">Read while they are decoded; their memory is given back.</param>
    /// <param name="take">Called in the order of the blocks, by the calling thread.</param>
    /// <exception cref="StoreCorruptException">Reading or decoding found damage.</exception>
    public static void Run(IEnumerable<StoreBlock> blocks, Action<StoreBlock, LogEntry[]> take)
    {
        try
        {
            // Block by block: by default a processor takes so many at a time that the others have nothing left to do.
            OrderablePartitioner<StoreBlock> single = Partitioner.Create(blocks, EnumerablePartitionerOptions.NoBuffering);
            foreach ((StoreBlock block, LogEntry[] entries) in single.AsParallel().AsOrdered().WithMergeOptions(ParallelMergeOptions.NotBuffered).Select(Decode))
            {
                take(block, entries);
            }
        }
        catch (AggregateException exception)
        {
            // Processors stop at different places; what reading or decoding says first is what counts.
            ExceptionDispatchInfo.Throw(exception.Flatten().InnerExceptions[0]);
        }
    }

    private static (StoreBlock Block, LogEntry[] Entries) Decode(StoreBlock block)
    {
        try
        {
            return (block, block.Decode());
        }
        finally
        {
            block.Return();
        }
    }
}
