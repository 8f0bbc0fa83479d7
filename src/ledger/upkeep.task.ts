import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LedgerUpkeep } from './ledger-upkeep.js';

const EVERY_MS = 60_000;

/** Runs the upkeep of the ledger once a minute, on every broker. */
@Injectable()
export class UpkeepTask {
  constructor(private readonly upkeep: LedgerUpkeep) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    await this.upkeep.run();
  }
}
